"""How many articles of 5 KB the fold reads in a second on one core, by CPU time.

`python -m bench fold` prints it.
"""

from __future__ import annotations

import random
import statistics
import time

from archive.fold import stream
from bench.figure import Figure

LIMIT = 1_000  # articles a second a core, at least
SIZE = 5_000  # bytes of UTF-8
ARTICLES = 100
ROUNDS = 7

CHINESE = """
记者昨日从省知识产权局获悉，全省专利转化运用专项行动推进会在省会召开，三十余家高校和企业的代表参加。
会议提出，到2027年，每万人口高价值发明专利拥有量将达到8.5件，“专精特新”企业的专利质押融资额翻一番。
《商标代理管理办法》实施一年来，各地共受理投诉1,260件，办结率为97.3%；其中恶意抢注案件大幅下降。
负责人表示：“保护知识产权就是保护创新。”下一步，将完善快速审查、快速确权、快速维权的协同保护机制！
业内人士认为，此次修订回应了平台经济、人工智能等新领域的关切，但在证据规则上是否还需细化？答案尚待实践检验。
与会的Nova Semi公司法务总监说，公司去年通过PCT途径提交了420件申请，覆盖5G、车联网（V2X）与存储芯片。
"""
GLOSSED = """
國(guó)家知識(shí)產(chǎn)權(quán)局與(yǔ)省政府簽署合作議定書，共同建設(shè)知識(shí)產(chǎn)權(quán)強(qiáng)省。
雙方將(jiāng)啟動(dòng)戰(zhàn)略規(guī)劃的編製，實(shí)施專利質(zhì)量提升工程，推動(dòng)品牌發(fā)展。
會(huì)議指出，近年來省內(nèi)企業(yè)的創(chuàng)新能力明顯(xiǎn)增強(qiáng)，2035年的目標(biāo)更加清晰。
加強(qiáng)與(yǔ)沿線國(guó)家和地區(qū)的領(lǐng)域合作，營(yíng)造尊重創(chuàng)造的良好氛圍(wéi)。
"""
ENGLISH = """
The provincial patent office said on Tuesday that it would open a fast-track desk for small firms.
Applications filed through the desk are to be examined within 90 days, down from about 14 months.
“We want protection to keep pace with invention,” said Prof. Lin, who chairs the advisory board.
Nova Semi Co. Ltd., a chip designer, welcomed the move; its rivals in the U.S. were more cautious.
According to the office's own figures, 12,480 patents were granted last year, an increase of 8.7%.
Critics ask whether examiners can cope: the number of staff has hardly changed since Oct. 2019.
"""


def articles(text: str) -> list[str]:
    """Different articles of the given size from the sentences of a text."""
    shuffled = random.Random(5)  # the same articles in every run
    sentences = text.split("\n")[1:-1]
    made = []
    for _ in range(ARTICLES):
        lines = [line for _ in range(40) for line in shuffled.sample(sentences, len(sentences))]
        article = "\n".join(lines).encode()[:SIZE]
        made.append(article.decode(errors="ignore"))
    return made


def rate(texts: list[str]) -> float:
    """Articles a second of CPU time, the median of some rounds over all texts."""
    rates = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for text in texts:
            stream(text)
        rates.append(len(texts) / (time.process_time() - start))
    return statistics.median(rates)


def run() -> list[Figure]:
    """A figure for each kind of text."""
    kinds = {"Chinese": CHINESE, "Traditional with glosses": GLOSSED, "English": ENGLISH}
    return [
        Figure(
            name=f"fold, {kind}, articles of 5 KB",
            value=rate(articles(text)),
            unit="articles/s/core",
            limit=f">= {LIMIT}",
        )
        for kind, text in kinds.items()
    ]
