"""Sources that are to be added to the config: found, or brought along, and given a name.

    explore: what could this site be polled by? ─┐
    opml, transfer: what does a reader poll?    ─┴─▶ naming: a name that no other has
                                                      ─▶ writing: into config.toml

`spiders.discover` says where to look; `presswatch.config.edit` writes what was chosen. The command
and the page both come here.
"""
