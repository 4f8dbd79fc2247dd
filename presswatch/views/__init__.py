"""What presswatch says of itself, worked out once for all who ask: the command, the page, the API.

    archive, ledger, ─▶ standing: how everything fares ─▶ soundness: the last line of a digest
    history          ─▶ trace: what became of a page
                     ─▶ trial: what a rule would have told
                     ─▶ rows: all of it as programs are told
    mutewords, heldwords: what is told to nobody, and what could be told now, in a line

Nothing here writes, and what judges is pure.
"""
