"""config.toml: read, checked, built into the records that the parts of presswatch take, edited.

    load: document ─▶ expand: ${VAR} and *_file ─▶ model: tables ─▶ check: all problems at once
      ─▶ build ─▶ records

`presswatch.config.load` is the way in; `edit` writes into the file and leaves the rest of it alone.
"""
