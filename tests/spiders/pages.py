# ruff: noqa: E501 — lines as the pages have them
"""Pages as such sites build them, with texts of our own."""

GOVERNMENT = """<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>通知公告</title></head>
<body class="list-page"><div class="top"><a href="/login.html">登录</a> <a href="/en/">English</a></div>
<div class="navbar"><ul>
 <li><a href="/index.html">网站首页</a></li>
 <li><a href="/col/col11/index.html">机构设置及主要职能</a></li>
 <li><a href="/col/col12/index.html">政策法规及其解读</a></li>
 <li><a href="/col/col13/index.html">统计数据</a></li></ul></div>
<div class="location">当前位置：<a href="/">首页</a> &gt; <a href="/col/col14/index.html">通知公告</a></div>
<div class="main"><ul class="news">
 <li><a href="/art/2026/5/20/art_14_20641.html" title="关于开展2026年度知识产权示范城市申报工作的通知">关于开展2026年度知识产权示范城市申报…</a><span>2026-05-20</span></li>
 <li><a href="/art/2026/5/18/art_14_20622.html">关于公布第三批地理标志保护名录的公告</a><span>2026-05-18</span></li>
 <li><a href="/art/2026/5/12/art_14_20598.html">专利审查意见答复期限调整的说明</a><span>2026-05-12</span></li>
 <li><a href="../../art/2026/4/30/art_14_20571.html">商标代理机构备案名单（第七批）</a><span>2026-04-30</span></li>
 <li><a href="/art/2026/4/28/art_14_20560.html">答记者问</a><span>2026-04-28</span></li>
</ul>
<div class="pagination"><a href="/col/col14/index_2.html">2</a><a href="/col/col14/index_3.html">下一页</a></div></div>
<div class="links"><a href="https://www.other-office.example/">友好单位网站的链接说明</a></div>
<div class="footer"><a href="/art/2020/1/1/art_9_11.html">网站声明与版权保护说明</a>
 <a href="/col/col99/index.html">联系我们的各种方式</a></div></body></html>"""

GOVERNMENT_LINKS = [
    (
        "/art/2026/5/20/art_14_20641.html",
        "关于开展2026年度知识产权示范城市申报工作的通知",
        "2026-05-20",
    ),
    ("/art/2026/5/18/art_14_20622.html", "关于公布第三批地理标志保护名录的公告", "2026-05-18"),
    ("/art/2026/5/12/art_14_20598.html", "专利审查意见答复期限调整的说明", "2026-05-12"),
    ("/art/2026/4/30/art_14_20571.html", "商标代理机构备案名单（第七批）", "2026-04-30"),
    ("/art/2026/4/28/art_14_20560.html", "答记者问", "2026-04-28"),
]

BLOG = """<!DOCTYPE html><html lang="en"><head><title>Claims &amp; Counterclaims</title>
<link rel="alternate" type="application/rss+xml" title="Claims » Comments Feed" href="/comments/feed/">
<link rel="alternate" type="application/rss+xml" title="Claims » Feed" href="/feed/"></head>
<body class="home blog"><a class="skip-link" href="#content">Skip to content</a>
<header id="masthead"><h1><a href="/">Claims &amp; Counterclaims</a></h1>
<nav id="site-navigation"><ul class="menu"><li><a href="/about-the-authors/">About the Authors of this Blog</a></li>
<li><a href="/category/patents/">Patents</a></li><li><a href="/contact/">Contact</a></li></ul></nav></header>
<main id="content">
<article id="post-301" class="post-301 post"><h2 class="entry-title"><a href="/2026/05/board-narrows-obviousness-test/">Board narrows its test for obviousness</a></h2>
 <div class="entry-meta">By <a href="/author/jane-doe/">Jane Doe</a> on <time datetime="2026-05-19T08:30:00+00:00">May 19, 2026</time></div>
 <div class="entry-content"><p>The board wrote on Tuesday that a combination must be motivated. <a href="/2026/05/board-narrows-obviousness-test/">Continue reading →</a></p></div>
 <footer class="entry-footer"><a href="/tag/obviousness/">obviousness in chemistry</a> <a href="/2026/05/board-narrows-obviousness-test/#comments">4 Comments</a></footer></article>
<article id="post-298" class="post-298 post"><a href="/2026/05/fees-go-up/"><img src="/i.jpg" alt="A counter with a clerk behind it"></a><h2 class="entry-title"><a href="/2026/05/fees-go-up/">Fees go up in July</a></h2>
 <div class="entry-meta">By <a href="/author/john-roe/">John Roe</a> on <time datetime="2026-05-12T09:00:00+00:00">May 12, 2026</time></div>
 <div class="entry-content"><p>Filing will cost more from July. <a href="/2026/05/fees-go-up/">Read more</a></p></div></article>
<article id="post-290" class="post-290 post"><h2 class="entry-title"><a href="/2026/04/a-harbour-town-registers-its-oysters/">A harbour town registers its oysters</a></h2>
 <div class="entry-meta">By <a href="/author/jane-doe/">Jane Doe</a> on <time datetime="2026-04-28T10:00:00+00:00">April 28, 2026</time></div></article>
<nav class="navigation pagination"><a class="page-numbers" href="/page/2/">2</a><a href="/page/2/">Older posts</a></nav></main>
<aside class="widget-area"><section class="widget widget_categories"><ul><li><a href="/category/trade-marks/">Trade marks and designs</a></li>
<li><a href="/category/copyright-news/">Copyright and related rights</a></li></ul></section></aside>
<footer class="site-footer"><a href="/privacy-policy/">Privacy policy and cookies</a><a href="https://cms.example/">Proudly powered by a content system</a></footer>
</body></html>"""

BLOG_LINKS = [
    (
        "/2026/05/board-narrows-obviousness-test/",
        "Board narrows its test for obviousness",
        "2026-05-19T08:30:00+00:00",
    ),
    ("/2026/05/fees-go-up/", "Fees go up in July", "2026-05-12T09:00:00+00:00"),
    (
        "/2026/04/a-harbour-town-registers-its-oysters/",
        "A harbour town registers its oysters",
        "2026-04-28T10:00:00+00:00",
    ),
]

NEWSPAPER = """<html><head><title>The Estuary Courier</title><base href="https://courier.example/front/"></head><body>
<div id="topbar"><a href="/subscribe">Subscribe for a year and save half</a><a href="/account/login">Sign in</a></div>
<div class="main-menu"><a href="/world">World</a><a href="/business">Business</a><a href="/science-and-nature">Science and nature</a></div>
<section class="lead"><a href="/business/2026/may/20/shipyard-wins-patent-case"><h1>Shipyard wins patent case after nine years</h1>
<p>The ruling ends a dispute over a winch that nobody builds any more.</p></a></section>
<section class="grid">
 <div class="card"><a class="pic" href="/world/2026/may/20/river-pact-signed"><img alt="" src="a.jpg"></a><h3><a href="/world/2026/may/20/river-pact-signed">Five towns sign river pact</a></h3></div>
 <div class="card"><h3><a href="/business/2026/may/19/chip-maker-licences-old-designs">Chip maker licences its oldest designs</a></h3><a href="/business">Business</a></div>
 <div class="card"><h3><a href="/business/live/2026/may/20/markets-live">Markets live: shares slip as rates rise</a></h3></div>
 <div class="card"><h3><a href="/science/2026/may/18/moss-clock">Moss that tells the time of day</a></h3></div>
</section>
<div class="most-read"><ol><li><a href="/world/2026/may/20/river-pact-signed">Five towns sign river pact</a></li>
<li><a href="/business/2026/may/20/shipyard-wins-patent-case">Shipyard wins patent case after nine years</a></li></ol></div>
<div class="footer"><a href="/about-us/our-journalists">Meet our journalists and editors</a><a href="/terms-and-conditions">Terms and conditions of use</a>
<a href="https://partner.example/2026/may/20/advert-story-here">A story by our partner, paid for by them</a></div></body></html>"""

NEWSPAPER_LINKS = [
    "/business/2026/may/20/shipyard-wins-patent-case",
    "/world/2026/may/20/river-pact-signed",
    "/business/2026/may/19/chip-maker-licences-old-designs",
    "/business/live/2026/may/20/markets-live",
    "/science/2026/may/18/moss-clock",
]

TABLES = """<html><head><title>协会动态</title></head><body bgcolor="#ffffff"><table width="760"><tr>
<td><a href="index.asp">首页</a>|<a href="about.asp">协会简介</a>|<a href="list.asp?class=3">协会动态</a>|<a href="bbs/">会员论坛</a></td></tr></table>
<table width="760"><tr><td width="180"><table><tr><td><a href="list.asp?class=5">培训信息</a></td></tr>
<tr><td><a href="list.asp?class=6">资料下载</a></td></tr></table></td>
<td><table>
<tr><td>·<a href="show.asp?id=1893" target="_blank">我会组织会员参观省专利技术展示交易中心</a></td><td>[05-20]</td></tr>
<tr><td>·<a href="show.asp?id=1890" target="_blank">第八届发明协会理事会在兰州召开</a></td><td>[05-16]</td></tr>
<tr><td>·<a href="show.asp?id=1887" target="_blank">关于征集优秀专利推荐项目的函</a></td><td>[05-09]</td></tr>
<tr><td>·<a href="show.asp?id=1884" target="_blank">甘肃三家企业获知识产权优势企业称号</a></td><td>[04-30]</td></tr>
</table></td></tr><tr><td align="center"><a href="list.asp?class=3&amp;page=2">下一页</a> <a href="list.asp?class=3&amp;page=9">尾页</a></td></tr></table>
<center><a href="admin/login.asp">管理登录</a> <a href="mailto:x@assoc.example">联系我们</a> <a href="javascript:history.back()">返回</a></center>
</body></html>"""

TABLES_LINKS = [
    ("/show.asp?id=1893", "我会组织会员参观省专利技术展示交易中心", "05-20"),
    ("/show.asp?id=1890", "第八届发明协会理事会在兰州召开", "05-16"),
    ("/show.asp?id=1887", "关于征集优秀专利推荐项目的函", "05-09"),
    ("/show.asp?id=1884", "甘肃三家企业获知识产权优势企业称号", "04-30"),
]

SLUGS = """<html><head><title>Press releases</title></head><body>
<div class="header"><a href="/">Office</a><a href="/what-we-do">What we do</a><a href="/grants-and-funding">Grants and funding</a>
<a href="/data-and-statistics">Data and statistics</a><a href="/how-to-apply-for-a-patent">How to apply for a patent</a></div>
<div class="view-content">
<div class="views-row"><span class="field-date">20 May 2026</span><div class="teaser"><a href="/press/office-opens-branch-by-the-harbour">Office opens a branch by the harbour</a></div></div>
<div class="views-row"><span class="field-date">14 May 2026</span><div class="teaser"><a href="/press/annual-report-shows-more-designs">Annual report shows more designs</a></div></div>
<div class="views-row"><span class="field-date">2 May 2026</span><div class="teaser"><a href="/press/examiners-to-work-from-two-sites">Examiners to work from two sites</a></div></div>
</div><ul class="pager"><li><a href="/press?page=1">Next</a></li></ul></body></html>"""

SLUGS_LINKS = [
    (
        "/press/office-opens-branch-by-the-harbour",
        "Office opens a branch by the harbour",
        "20 May 2026",
    ),
    ("/press/annual-report-shows-more-designs", "Annual report shows more designs", "14 May 2026"),
    ("/press/examiners-to-work-from-two-sites", "Examiners to work from two sites", "2 May 2026"),
]

JAVASCRIPT = """<!DOCTYPE html><html><head><title>News</title><script src="/app.js"></script></head>
<body><div id="root"></div><noscript>You need to enable JavaScript to run this app.</noscript>
<a href="/about">About</a></body></html>"""
