"""The language of an article that does not say."""

import gzip
import json
import unicodedata
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import canonical_language
from index.chunks import Chunks, block_of
from index.language import _FREQUENT, _OWN_LETTERS, Detector, detect
from index.stemming import primary

NEWS = {
    "en": "The council voted for a second bridge over the river on Monday, and it said that work is to start in May.",
    "de": "Der Stadtrat hat am Montag für eine zweite Brücke über den Fluss gestimmt, die im Mai begonnen werden soll.",
    "fr": "Le conseil municipal a voté lundi pour un deuxième pont sur le fleuve, et les travaux commencent en mai.",
    "es": "El concejo votó el lunes por un segundo puente sobre el río, y las obras empezarán en mayo con la ayuda.",
    "it": "Il consiglio ha votato lunedì per un secondo ponte sul fiume, e i lavori della città sono per maggio.",
    "pt": "O conselho votou na segunda-feira por uma segunda ponte sobre o rio, e as obras não começam em maio.",
    "nl": "De gemeenteraad stemde maandag voor een tweede brug over de rivier, en het werk is in mei begonnen.",
    "sv": "Kommunfullmäktige röstade i måndags för en andra bro över floden, och det är inte klart när den blir av.",
    "pl": "Rada miasta zagłosowała w poniedziałek za drugim mostem przez rzekę.",
    "cs": "Zastupitelé v pondělí hlasovali pro druhý most přes řeku a práce začnou v květnu, jak uvedl úřad města.",
    "hu": "A városi tanács hétfőn megszavazta a második hidat a folyó fölött, és azt mondta, hogy májusban kezdődik.",
    "ro": "Consiliul a votat luni pentru un al doilea pod și lucrările încep în mai, după ce banii au fost găsiți.",
    "tr": "Belediye meclisi pazartesi günü nehrin üzerine ikinci bir köprü için oy verdi ve çalışmalar başlıyor.",
    "fi": "Kaupunginvaltuusto äänesti maanantaina toisesta sillasta joen yli, ja se on valmis, mutta ei vielä.",
    "is": "Bæjarstjórn samþykkti á mánudag að byggja aðra brú yfir ána og það er ekki vitað hvenær.",
    "id": "Dewan kota memilih jembatan kedua yang akan dibangun di sungai dan ini tidak untuk umum.",
    "ru": "Городской совет проголосовал в понедельник за второй мост через реку.",
    "uk": "Міська рада проголосувала в понеділок за другий міст через річку, і роботи її почнуться.",
    "sr": "Градско веће је у понедељак гласало за други мост преко реке, који ће бити њихов понос.",
    "el": "Το δημοτικό συμβούλιο ψήφισε τη Δευτέρα για μια δεύτερη γέφυρα.",
    "ar": "صوت مجلس المدينة يوم الاثنين لصالح جسر ثان فوق النهر.",
    "fa": "شورای شهر روز دوشنبه به ساخت پل دوم بر روی رودخانه رأی داد و گفت که چگونه پیش می‌رود.",
    "he": "מועצת העיר הצביעה ביום שני בעד גשר שני מעל הנהר.",
    "hi": "नगर परिषद ने सोमवार को नदी पर दूसरे पुल के लिए मतदान किया।",
    "ja": "市議会は月曜日、川に二本目の橋を架けることを可決した。",
    "zh": "市议会周一投票决定在河上修建第二座桥。",
    "ko": "시의회는 월요일 두 번째 다리 건설을 가결했다.",
    "th": "สภาเมืองลงมติในวันจันทร์ให้สร้างสะพานแห่งที่สอง",
    "am": "የከተማው ምክር ቤት ሰኞ ዕለት ለሁለተኛ ድልድይ ድምፅ ሰጠ።",
}


@pytest.mark.parametrize("language", sorted(NEWS))
def test_an_ordinary_sentence_is_told(language: str) -> None:
    """One sentence of news is enough, however its letters are composed."""
    assert detect(NEWS[language]) == language
    assert detect(unicodedata.normalize("NFD", NEWS[language])) == language


@pytest.mark.parametrize(
    "text",
    ["", "   ", "12,5 % 3:2", "Lewandowski, Messi, Ronaldo", "Hsbc Ubs Kkr Ibm Bp", "de la", "!!! ???", "\ud800\x00"],
)
def test_what_is_not_clear_is_left_open(text: str) -> None:
    """Tables, lists of names and a word or two are no language's: the archive's own is a better guess."""
    assert detect(text) is None


def test_names_in_another_script_do_not_decide() -> None:
    """A few foreign words in a text leave it the language of the rest."""
    assert detect(NEWS["en"] + " Владимир Путин, 東京") == "en"
    assert detect(NEWS["ru"] + " Reuters, BBC News") == "ru"
    assert detect(NEWS["en"] + " Wałęsa, Łódź, Kraków") == "en"


def test_the_beginning_of_a_text_decides() -> None:
    """A long text is told by its beginning, in a time that does not grow with it."""
    assert detect(NEWS["en"] * 20 + NEWS["ru"] * 10_000) == "en"


@given(st.lists(st.tuples(st.sampled_from(sorted(NEWS)), st.sampled_from([0, 1, 40])), min_size=1, max_size=6))
@settings(deadline=None)
def test_texts_are_told_together_as_alone(drawn: list[tuple[str, int]]) -> None:
    """However long those before are, and whichever of a block's texts are to be told."""
    texts = [f"{NEWS[language]} " * times for language, times in drawn]
    chunks, block = Chunks(), block_of(texts)
    detector, found = Detector(chunks), chunks.numbers(block.data)
    alone = list(map(detect, texts))
    for chosen in (slice(None), slice(1, None), slice(None, None, 2)):
        told = detector.tell(block, found, block.start[chosen], block.end[chosen])
        assert told == alone[chosen]


def test_the_lists_name_languages() -> None:
    """Every language that can be told is a tag as articles carry it, and no letter belongs to two of them."""
    for language in [*_FREQUENT, *_OWN_LETTERS]:
        assert canonical_language(language) == language
    letters = "".join(_OWN_LETTERS.values())
    assert len(set(letters)) == len(letters)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec=None), max_size=80))
def test_any_text_has_a_language_or_none(text: str) -> None:
    """No text is refused, and the answer is a BCP 47 tag or None."""
    language = detect(text)
    assert language is None or canonical_language(language) == language


def test_real_news_is_told(shared: Path) -> None:
    """Of news in languages with a stemmer at most one item in a hundred is taken for another language."""
    counts: Counter[str] = Counter()
    with gzip.open(shared / "data/multilingual.jsonl.gz") as lines:
        for number, line in enumerate(lines):
            item = json.loads(line)
            stated = canonical_language(item["language"] or "")
            if number % 8 or stated is None or not primary(stated):
                continue
            told = detect(f"{item['title']}\n{item['body']}")
            counts["right" if told == stated else "open" if told is None else "wrong"] += 1
    assert counts.total() > 200
    assert counts["wrong"] <= 0.01 * counts.total()
    assert counts["right"] >= 0.96 * counts.total()
