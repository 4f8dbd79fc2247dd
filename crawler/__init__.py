"""From a source to an article. Imports archive.

    engine: a poll ─▶ listing ─▶ fetch (guard, robots) ─▶ decode ─▶ markup ─▶ extract, evidence
                   ─▶ intake ─▶ archive;   ledger: what became of all this   ─▶ health

`source` has the records that pass between them, `settings` what the operator sets, `errors` every
reason why not, `children` how processes are started. `standalone` is for one spider alone.
"""
