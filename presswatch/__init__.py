"""The wiring: imports all packages, is imported by none.

    cli: the commands ──────────┬▶ service: the loops ─┬▶ polling: when each source is polled
    demo: over a small press  ──┘                      ├▶ upkeep: what the service does for itself
                                                       └▶ web: the page
    views: what command, page and API say alike
    config: config.toml    doctor: what could be wrong    adding: new sources
    process: its log, its memory, what it counts    console, clock, units: as people read it

Each room imports only what lies below it.
"""

__version__ = "0.1.0"
