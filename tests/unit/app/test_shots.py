"""How a project carries its pictures: nothing is lost, whatever the entries say."""

from __future__ import annotations

import json

import pytest

from app.render.shots import INDEX, Shot, entries_of, fitting, shots_of


def shot(name: str, *, size: int = 100, starred: bool = False) -> Shot:
    head = b"\x89PNG\r\n\x1a\n" + b"\0" * 8 + (64).to_bytes(4) + (48).to_bytes(4)
    png = head + name.encode() + b"\0" * (size - len(head) - len(name))
    return Shot(
        png=png, size=(64, 48), seed=7, prompt=f"a {name}", pack="lite", starred=starred, id=name
    )


def facts(shots: tuple[Shot, ...]) -> list[tuple[object, ...]]:
    return [(s.id, s.png, s.size, s.seed, s.prompt, s.pack, s.starred) for s in shots]


def test_pictures_come_back_in_their_order_with_their_stars() -> None:
    shots = (shot("c"), shot("a", starred=True), shot("b"))
    assert facts(shots_of(entries_of(shots))) == facts(shots)
    assert entries_of(()) == {} and shots_of({}) == ()


def test_a_picture_without_an_index_is_kept() -> None:
    entries = entries_of((shot("a"), shot("b")))
    del entries[INDEX]
    assert sorted(s.id for s in shots_of(entries)) == ["a", "b"]
    assert all(s.size == (64, 48) for s in shots_of(entries))


@pytest.mark.parametrize(
    "index",
    [b"", b"no json", b"[]", b'{"pictures": 3}', b'{"pictures": [1, null, {"id": 4}]}'],
)
def test_a_damaged_index_loses_no_picture(index: bytes) -> None:
    entries = entries_of((shot("a"), shot("b"))) | {INDEX: index}
    assert sorted(s.id for s in shots_of(entries)) == ["a", "b"]


def test_an_index_with_wrong_values_loses_no_picture() -> None:
    entries = entries_of((shot("a"),))
    index = json.loads(entries[INDEX])
    index["pictures"][0]["seed"] = "many"
    index["pictures"].append({"id": "gone"})
    (kept,) = shots_of(entries | {INDEX: json.dumps(index).encode()})
    assert kept.id == "a" and kept.png == shot("a").png


def test_where_room_is_short_starred_and_new_ones_stay() -> None:
    shots = (shot("new"), shot("middle"), shot("old", starred=True))
    assert [s.id for s in fitting(shots, most=250)] == ["new", "old"]
    assert [s.id for s in fitting(shots, most=300)] == ["new", "middle", "old"]
    assert fitting(shots, most=50) == ()
