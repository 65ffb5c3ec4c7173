import pytest

from protocols.labels import label_of


@pytest.mark.parametrize("word", ["bona fide", "Bona-Fide", "BONAFIDE", "bona_fide", " live ", "real", "genuine"])
def test_words_for_bona_fide(word):
    assert label_of(word) == "bona fide"


@pytest.mark.parametrize("word", ["attack", "Spoof", "FAKE", "presentation_attack"])
def test_words_for_attack(word):
    assert label_of(word) == "attack"


@pytest.mark.parametrize("word", ["0", "1", "true", "positive", "", "bona", "unreal"])
def test_numbers_and_other_words_are_never_guessed(word):
    assert label_of(word) is None
