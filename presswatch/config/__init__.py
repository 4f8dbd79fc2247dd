"""config.toml: read, checked, built into the records that the parts of presswatch take, edited.

    load: document ─▶ expand: ${VAR} and *_file ─▶ model: tables ─▶ check: all problems at once
      ─▶ build ─▶ records ─▶ secretwords: what of it must be read nowhere else

`presswatch.config.load` is the way in; `edit` writes into the file and leaves the rest of it alone.
While presswatch runs, `reload` sees that the file has changed, and what is other in it.
"""
