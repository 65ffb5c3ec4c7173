from benchmark.results.coverage import Coverage
from benchmark.results.shape import decode, encode


def test_a_species_that_lacks_more_than_its_share_is_named():
    covered = Coverage({"bona fide": 785, "print": 100, "mannequin": 40}, {"bona fide": 780, "print": 99})
    assert covered.lacking == {"mannequin": (0, 40)}
    assert covered.text == "879 of 925 presentations (mannequin 0 of 40)"


def test_a_whole_target_lacks_nothing():
    covered = Coverage({"bona fide": 3, "print": 1}, {"bona fide": 3, "print": 1})
    assert covered.lacking == {}
    assert covered.text == "4 of 4 presentations"


def test_without_a_release_nothing_can_be_checked():
    covered = Coverage(None, {"bona fide": 3})
    assert covered.lacking == {}
    assert "not known" in covered.text


def test_a_whole_target_is_no_part_whatever_was_asked_for():
    assert not Coverage({"bona fide": 2}, {"bona fide": 2}, partial=True).by_request
    assert Coverage({"bona fide": 2}, {"bona fide": 1}, partial=True).by_request
    assert not Coverage({"bona fide": 2}, {"bona fide": 1}).by_request


def test_it_goes_through_the_record():
    covered = Coverage({"bona fide": 3}, {"bona fide": 2}, partial=True)
    assert decode(Coverage, encode(covered)) == covered
