"""The words, sentence patterns and forms that `bench.neartexts` builds its texts from."""
# ruff: noqa: E501  # an ideograph is two columns wide, and words read best in rows

from __future__ import annotations

ENGLISH = {
    "noun": (
        "harbour bakery glacier orchestra tariff reservoir museum railway vaccine satellite library "
        "fishery quarry orchard ferry laboratory cathedral stadium refinery archive workshop parliament "
        "aquifer telescope brewery vineyard turbine hospital kindergarten observatory shipyard market "
        "greenhouse monastery tunnel bridge airport warehouse factory choir wetland battery"
    ).split(),
    "person": (
        "minister curator engineer biologist trader farmer conductor pilot mayor historian nurse "
        "architect judge economist sculptor surveyor librarian geologist translator coach editor "
        "carpenter chemist diplomat inspector novelist plumber shepherd treasurer violinist"
    ).split(),
    "adjective": (
        "quiet costly ancient brittle generous stubborn regional fragile abundant disputed remote "
        "narrow modern seasonal hollow ambitious famous forgotten unusual crowded volcanic sunken "
        "restored profitable cautious electric wooden coastal temporary experimental"
    ).split(),
    "verb": (
        "inspected rebuilt postponed measured abandoned financed painted questioned drained renamed "
        "praised photographed leased defended expanded catalogued closed opened surveyed neglected "
        "auctioned repaired insured redesigned described connected flooded modernised"
    ).split(),
    "place": (
        "Arlen Borvik Calder Dunmore Estrel Fennick Garrow Hollin Istrad Jorvan Keldor Lathbury "
        "Morwen Nethery Ostrand Pellham Quenby Rastow Selwick Tarrant Ulverton Vardo Wexcombe Yarrow"
    ).split(),
    "party": (
        "Acorn Holdings,Brightwater,Corvid Labs,Delphine Foods,Emberline,Foxglove Bank,Granite Air,"
        "Harrow Steel,Ironbark,Juniper Motors,Kestrel Power,Lanternfish,Marlow Textiles,Northgate,"
        "Opaline,Pinecrest,Quartzite,Riverbend Media,Saltmarsh,Thornfield,Umberland,Vireo,Wolfram Tools"
    ).split(","),
    "time": (
        "before dawn,last winter,in the early spring,over two decades,on a Tuesday,within hours,"
        "despite the rain,after the vote,during the festival,by candlelight,without notice,"
        "to general surprise,in the second quarter,long before the war,at the weekend"
    ).split(","),
    "month": "January February March April June July August October November".split(),
}
HAN = {
    "noun": (
        "港口 面包房 冰川 乐团 关税 水库 博物馆 铁路 疫苗 卫星 图书馆 渔场 采石场 果园 渡轮 实验室 教堂 "
        "体育馆 炼油厂 档案馆 作坊 议会 望远镜 酒厂 葡萄园 风机 医院 幼儿园 天文台 船厂 市场 温室 "
        "寺院 隧道 桥梁 机场 仓库 工厂 合唱团 湿地 电池 剧院 茶园 古塔 运河 牧场 灯塔"
    ).split(),
    "person": (
        "部长 馆长 工程师 生物学家 商人 农民 指挥 飞行员 市长 历史学者 护士 建筑师 法官 经济学家 雕塑家 "
        "测量员 地质学者 翻译 教练 编剧 木匠 化学家 外交官 检查员 小说家 牧民 会计 琴师 船长 渔夫"
    ).split(),
    "adjective": (
        "安静的 昂贵的 古老的 脆弱的 慷慨的 固执的 偏远的 狭窄的 现代的 季节性的 宏大的 著名的 被遗忘的 "
        "罕见的 拥挤的 沉没的 修复后的 盈利的 谨慎的 电动的 木制的 沿海的 临时的 试验性的"
    ).split(),
    "verb": (
        "检查了 重建了 推迟了 测量了 放弃了 资助了 粉刷了 质疑了 排干了 改名为 表扬了 拍摄了 租下了 "
        "保卫了 扩建了 登记了 关闭了 开放了 勘察了 忽视了 拍卖了 修好了 投保了 描绘了 连通了 淹没了"
    ).split(),
    "place": (
        "青石镇 白河县 临川市 云溪乡 东岭区 望海角 长亭州 南渡口 雁门屯 松林堡 金沙湾 玉带桥 "
        "龙泉坪 梅岭关 石鼓寨 清水塘 红枫谷 北固山 桃花渡 铁岭沟 凤凰台 芦花荡"
    ).split(),
    "party": (
        "海蓝科技 金穗银行 远山制药 晨星汽车 北辰能源 锦绣纺织 飞鸿传媒 磐石钢铁 绿洲食品 云帆航运 "
        "启明大学 明德研究院 长风电子 瑞禾农业 天工机床 星河软件 恒通物流 卓越电器 华章出版 紫荆置业"
    ).split(),
    "time": (
        "天亮以前 去年冬天 初春时节 二十年间 星期二 几小时之内 尽管下雨 表决之后 节日期间 借着烛光 "
        "事先未通知 出人意料地 第二季度 战争爆发之前 上个周末 开幕当晚 退潮以后"
    ).split(),
    "month": "一月 二月 三月 四月 六月 七月 八月 十月 十一月".split(),
}
SENTENCES = {
    "en": (
        "{time} the {adjective} {noun} of {place} was {verb} by a {person} and {figure} volunteers.",
        "a {person} from {place} {verb} the {noun}, although its {adjective} {noun} had cost {figure} crowns.",
        "nobody knew why {figure} letters about the {adjective} {noun} reached the {person} {time}.",
        "the {noun} near {place}, {adjective} and {adjective}, has been {verb} {figure} times {time}.",
        "according to the {person}, every {noun} in {place} should be {verb} together with a {noun}.",
        "{place} {verb} its {noun} {time}, and the {person} called that a {adjective} decision.",
        "what the {person} had {verb} turned out to be a {adjective} {noun} {time}.",
        "when the {noun} was {verb}, {figure} people, among them a {person}, left {place} {time}.",
        "between {place} and {place} a {adjective} {noun} is to be {verb} for a {person}.",
        "the report says that {noun} and {noun} were both {verb}, a {adjective} outcome for {place}.",
        "{time} another {person} {verb} what remained of the {adjective} {noun} outside {place}.",
        "some {figure} visitors, the {person} said, would rather have a {noun} than a {adjective} {noun}.",
    ),
    "zh": (
        "{time}，{place}的{person}{verb}一座{adjective}{noun}，另有{figure}人到场。",
        "来自{place}的{person}说，{adjective}{noun}花费{figure}万元，比{noun}还多。",
        "没人知道为什么{figure}封信寄到{person}手里，信中谈的是{adjective}{noun}。",
        "{place}附近那座{noun}，{adjective}外墙已经{verb}{figure}层，{time}完工。",
        "按照{person}的看法，{place}每一处{noun}都该和{noun}一起登记。",
        "{time}{place}{verb}自家{noun}，{person}称之为{adjective}选择。",
        "{person}原先{verb}的东西，{time}被证明只是{adjective}{noun}。",
        "{noun}启用那天，{figure}名居民和一位{person}离开{place}，{time}才回来。",
        "从{place}到{place}，一条{adjective}{noun}将为{person}而建。",
        "报告写道，{noun}与{noun}同时被{person}看中，对{place}是{adjective}结局。",
        "{time}，又一名{person}在{place}城外{verb}残存的{noun}。",
        "约{figure}位游客宁愿要{noun}，也不要{adjective}{noun}，{person}笑着补充。",
    ),
}
INTROS = {
    "en": (
        "Our readers asked about this story. ",
        "Editor's choice of the week: ",
        "We reprint the following report in full. ",
    ),
    "zh": ("小编按：下面这篇值得一读。", "本号今日推荐：", "读者来信问起此事，现转载如下。"),
}
SOURCES = {
    "en": (
        "Source: The Pellham Courier",
        "By Mara Lindqvist",
        "Published: 2026-03-04 10:22\nSource: Vardo Press",
    ),
    "zh": (
        "来源：青石晚报",
        "2026-03-04 10:22  来源：白河网",
        "作者：林远山 编辑：周小舟",
    ),
}
TAILS = {
    "en": (
        "(Editor: J. Marsh)",
        "Copyright 2026 Vardo Press. All rights reserved.",
        "Read more\nHome\nContact us",
        "Related articles\nAnother day in Pellham\nThe price of a ferry",
    ),
    "zh": (
        "（责任编辑：赵明）",
        "版权所有，未经授权不得转载。",
        "相关阅读\n茶园的一天\n渡轮涨价",
        "（完）",
    ),
}
SYNONYMS = {
    "en": {
        "although": "even though", "nobody": "no one", "another": "one more", "called": "termed",
        "decision": "choice", "according": "as stated", "every": "each", "visitors": "guests",
        "people": "residents", "outcome": "result", "report": "paper", "remained": "was left",
        "near": "close to", "costly": "expensive", "famous": "renowned", "unusual": "odd",
        "ancient": "very old", "left": "quit", "said": "remarked", "rebuilt": "restored",
    },
    "zh": {
        "花费": "耗资", "没人": "无人", "为什么": "为何", "附近": "旁边", "看法": "意见",
        "选择": "决定", "证明": "证实", "居民": "住户", "离开": "告别", "报告": "文件",
        "同时": "一并", "结局": "结果", "残存的": "剩下的", "宁愿": "更愿意", "补充": "说道",
        "称之为": "称作", "昂贵的": "高价的", "著名的": "知名的", "古老的": "悠久的",
    },
}  # fmt: skip
GLOSSES = {
    "国": "guó", "书": "shū", "馆": "guǎn", "说": "shuō", "时": "shí", "长": "zhǎng", "东": "dōng",
    "师": "shī", "报": "bào", "万": "wàn", "写": "xiě", "对": "duì", "员": "yuán", "关": "guān",
}  # fmt: skip
FORMS = {
    "market": (
        "The {place1} index closed {figure} points higher on {month1} {figure1}\n"
        "Shares on the {place1} exchange ended the session at {figure} points, a gain of {figure} "
        "percent on the day. Turnover reached {figure} million crowns, against {figure} million in "
        "the session before. {party1} led the gainers with a rise of {figure} percent to {figure}, "
        "while {party2} lost {figure} percent and closed at {figure}. In foreign exchange trading the "
        "crown stood at {figure} to the dollar and {figure} to the euro. Gold for delivery in "
        "{month2} traded at {figure} an ounce. Analysts expect the index to move between {figure} "
        "and {figure} points in the coming days, and advise investors to keep an eye on costs."
    ),
    "court": (
        "Notice of the district court of {place1}\n"
        "In the matter of {party1} against {party2} the district court of {place1} gives notice "
        "that a hearing will be held on {month1} {figure1} at the court house in {place1}. The "
        "claim of {party1} concerns the delivery of goods by {party2} under the contract signed in "
        "{place2}. The defendant {party2} is summoned to appear in person or by counsel. If the "
        "defendant does not appear, the court may decide on the claim of {party1} by default. "
        "Documents may be inspected at the registry during office hours. Any person who has an "
        "interest in the matter may apply to the court in writing before the hearing begins."
    ),
    "signing": (
        "{party1} and {party2} sign a framework agreement\n"
        "{party1} and {party2} signed a framework agreement on strategic cooperation in {place1} "
        "on {month1} {figure1}. The president of {party1} and the chairman of {party2} attended "
        "the ceremony and delivered speeches. Under the agreement the two sides will set up a joint "
        "working group, exchange staff and share their laboratories. {party1} will contribute its "
        "experience in the field, and {party2} will open its facilities in {place1}. Both sides "
        "agreed to hold regular consultations, to implement the agreement in good faith and to make "
        "it a model of cooperation. Representatives of the city of {place1} witnessed the signing."
    ),
    "earnings": (
        "{party1} reports results for the quarter\n"
        "{party1} today reported revenue of {figure} million crowns for the quarter, compared with "
        "{figure} million a year earlier. Net income was {figure} million crowns, or {figure} a "
        "share. Operating margin came to {figure} percent, after {figure} percent in the previous "
        "year. The board of {party1} proposes a dividend of {figure} crowns. For the full year the "
        "company expects revenue between {figure} and {figure} million crowns. The chief executive "
        "said that demand had been solid in all regions and that costs remained under control. "
        "A conference call for investors will be held on {month1} {figure1}."
    ),
    "行情": (
        "{place1}股市{month1}{figure1}日收盘上涨\n"
        "{place1}综合指数今日开盘{figure}点，收盘报{figure}点，较前一交易日上涨{figure}%，成交金额{figure}亿元。"
        "板块方面，{noun1}板块领涨，涨幅{figure}%；{noun2}板块走弱，跌幅{figure}%。个股方面，{party1}上涨{figure}%，"
        "报{figure}元；{party2}下跌{figure}%，报{figure}元。人民币对美元中间价报{figure}，较前一日下调{figure}个基点。"
        "分析人士认为，短期内指数将在{figure}点至{figure}点之间震荡，建议投资者控制仓位，注意风险。"
    ),
    "公告": (
        "{place1}人民法院公告\n"
        "{party2}：本院受理原告{party1}与被告{party2}买卖合同纠纷一案，因无法以其他方式向你公司送达，现依法公告"
        "送达起诉状副本、应诉通知书、举证通知书、合议庭组成人员通知书及开庭传票。自公告之日起经过三十日即视为送达。"
        "提出答辩状和举证的期限分别为公告送达期满后的十五日内。本院定于{month1}{figure1}日上午在{place1}人民法院第"
        "{figure2}法庭公开开庭审理{party1}诉{party2}一案，逾期将依法缺席裁判。特此公告。"
    ),
    "签约": (
        "{party1}与{party2}签署战略合作协议\n"
        "{month1}{figure1}日，{party1}与{party2}在{place1}签署战略合作框架协议。{party1}董事长和{party2}负责人出席签约"
        "仪式并致辞。根据协议，双方将建立联合工作机制，在人才培养、技术研发、成果转化等方面开展深入合作，"
        "实现优势互补、资源共享、共同发展。{party1}将发挥自身优势，支持{party2}在{place1}的项目建设。双方表示，"
        "将以此次签约为新的起点，认真落实协议内容，定期会商，推动合作取得实效。{place1}有关部门负责同志见证签约。"
    ),
    "天气": (
        "{place1}气象台{month1}{figure1}日发布天气预报\n"
        "{place1}气象台预计，今天白天到夜间，全市多云转阴，最高气温{figure2}度，最低气温{figure3}度，偏北风{figure4}级，"
        "相对湿度百分之{figure5}。未来三天有一次降水过程，累计雨量{figure}毫米，局地可达{figure}毫米。{place2}和{place3}"
        "一带能见度较低，请驾驶员减速慢行。气象部门提醒，昼夜温差较大，市民外出注意增减衣物，预防感冒，"
        "农业部门要做好田间管理，防范大风对设施的影响。"
    ),
}  # fmt: skip
