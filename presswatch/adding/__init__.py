"""Sources that are to be added to the config: found, or brought along, and given a name.

    explore: what could this site be polled by? ─┐
    opml: what does a feed reader poll?         ─┴─▶ naming: a name that no other has

`spiders.discover` says where to look; `presswatch.config.edit` writes what was chosen.
"""
