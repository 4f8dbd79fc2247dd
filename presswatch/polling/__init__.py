"""When each source is polled, and by what.

    schedule: when is each due? ─▶ crawling: the polls of the service ─▶ engine ─▶ what was filed
      assembly: that engine, with its transport and its workers

`presswatch poll` takes the engine alone.
"""
