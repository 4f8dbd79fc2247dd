"""How each kind of source lists its articles: ordinary Scrapy spiders."""
