"""`presswatch doctor`: what could be wrong with an installation, and what to do about it.

    here: versions, disk, archive, clock      ─┐
    elsewhere: other clocks, robots.txt        ├─▶ check: one thing that was looked at
      └▶ ways: whether alerts find their way  ─┘

What is here can be asked without a network.
"""
