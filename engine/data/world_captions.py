# ruff: noqa: E501  (a table reads best with one entry to a line)
"""Captions: sentences about a scene that are true of it."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from engine.data import world
from engine.data.world_placing import Placed
from engine.data.world_stages import Stage

NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_PLURALS = {
    "person": "people", "man": "men", "woman": "women", "child": "children", "sheep": "sheep",
    "fish": "fish", "goose": "geese", "mouse": "mice", "deer": "deer", "bison": "bison",
    "ox": "oxen", "knife": "knives", "scissors": "pairs of scissors", "wheat": "ears of wheat",
    "trousers": "pairs of trousers", "shorts": "pairs of shorts", "books": "piles of books",
    "glasses": "pairs of glasses", "gloves": "pairs of gloves", "fries": "portions of fries",
    "grapes": "bunches of grapes", "cherries": "pairs of cherries", "pancakes": "plates of pancakes",
    "popcorn": "bags of popcorn", "broccoli": "heads of broccoli", "corn": "ears of corn",
    "bread": "loaves of bread", "cheese": "pieces of cheese", "salad": "bowls of salad",
    "garlic": "bulbs of garlic", "fire": "fires", "water buffalo": "water buffaloes",
    "aircraft": "aircraft", "taxi": "taxis", "octopus": "octopuses",
}  # fmt: skip
_SINGULARS = {
    "scissors": "a pair of scissors", "trousers": "a pair of trousers", "shorts": "a pair of shorts",
    "glasses": "a pair of glasses", "gloves": "a pair of gloves", "books": "a pile of books",
    "wheat": "an ear of wheat", "fries": "a portion of fries", "grapes": "a bunch of grapes",
    "cherries": "a pair of cherries", "pancakes": "a plate of pancakes", "popcorn": "a bag of popcorn",
    "broccoli": "a head of broccoli", "corn": "an ear of corn", "bread": "a loaf of bread",
    "cheese": "a piece of cheese", "salad": "a bowl of salad", "garlic": "a bulb of garlic",
    "fire": "a fire", "sun": "the sun", "moon": "the moon", "couple": "a couple",
}  # fmt: skip
_POSE_WORDS = {
    "in a wheelchair": "in a wheelchair", "with a cane": "with a cane", "arms up": "raising both arms",
    "flying": "flying",
}  # fmt: skip


def plural(noun: str) -> str:
    """English plural of a label: "bus" -> "buses"; the last word is bent."""
    if noun in _PLURALS:
        return _PLURALS[noun]
    head, _, last = noun.rpartition(" ")
    if last in _PLURALS:
        bent = _PLURALS[last]
    elif last.endswith(("s", "sh", "ch", "x")):
        bent = last + "es"
    elif last.endswith("y") and last[-2] not in "aeiou":
        bent = last[:-1] + "ies"
    elif last.endswith("f") and last not in ("roof",):
        bent = last[:-1] + "ves"
    elif last in ("tomato", "potato", "mango", "buffalo"):
        bent = last + "es"
    else:
        bent = last + "s"
    return f"{head} {bent}".strip()


def singular(noun: str) -> str:
    """With its article: "apple" -> "an apple"."""
    if noun in _SINGULARS:
        return _SINGULARS[noun]
    return ("an " if noun[0] in "aeiou" and not noun.startswith(("uni", "one")) else "a ") + noun


def counted(noun: str, count: int) -> str:
    """`count` of them: "a dog", "two dogs", "eleven" -> "11 dogs"."""
    if count == 1:
        return singular(noun)
    return f"{NUMBERS[count] if count < len(NUMBERS) else count} {plural(noun)}"


@dataclass(frozen=True, slots=True)
class Telling:
    """What captions are made of: the things by label, the most telling first."""

    members: dict[str, list[Placed]]
    order: list[str]


def _tell(placed: list[Placed], stage: Stage) -> Telling:
    members: dict[str, list[Placed]] = {}
    for thing in placed:
        members.setdefault(thing.kind.name, []).append(thing)
    canvas = stage.width * stage.height

    def weight(label: str) -> float:
        things = members[label]
        area = sum(t.box.area for t in things) / canvas
        living = 2.2 if things[0].kind.ade in ("person", "animal") else 1.0
        far = 0.5 if things[0].kind.place in ("sky", "wall", "ceiling") else 1.0
        return living * far * (area**0.5 + 0.04 * len(things))

    return Telling(members, sorted(members, key=weight, reverse=True))


def _phrase(rng: Random, telling: Telling, label: str) -> str:
    things = telling.members[label]
    text = counted(label, len(things))
    if label == "couple" and len(things) > 1:
        text = counted("couple", len(things))
    pose = things[0].sprite.pose
    chance = 0.2 if pose == "standing" else 0.7
    if pose and all(t.sprite.pose == pose for t in things) and rng.random() < chance:
        text += " " + _POSE_WORDS.get(pose, pose)
    return text


def _join(parts: list[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return ", ".join(parts[:-1]) + " and " + parts[-1]


def _pronoun(count: int, living: bool) -> str:
    return "them" if count > 1 or living else "it"


def _relation(rng: Random, telling: Telling, main: list[str]) -> str:
    """One more true sentence part about how a thing lies to the main ones, or ""."""
    lead = telling.members[main[0]]
    height = max(t.box.height for t in lead)
    options: list[str] = []
    for label in telling.order:
        if label in main:
            continue
        things = telling.members[label]
        what = counted(label, len(things))
        carriers = {id(t.parent): t.parent for t in things if t.parent is not None}
        if len(carriers) == 1 and all(t.parent is not None for t in things):
            carrier = next(iter(carriers.values()))
            assert carrier is not None
            if len(telling.members.get(carrier.kind.name, ())) == 1:
                options.append(f"with {what} on the {carrier.kind.name}")
                continue
        if any(t.parent is not None for t in things):
            continue
        place = things[0].kind.place
        if place == "sky":
            options.append(f"with {what} in the sky")
        elif place == "wall":
            options.append(f"with {what} on the wall")
        elif things[0].support in ("ground", "walk", "road", "front", "back", "wallside"):
            lead_count = sum(len(telling.members[m]) for m in main)
            it = _pronoun(lead_count, lead[0].kind.ade == "person")
            if all(t.base < min(m.base for m in lead) - 0.05 * height for t in things):
                options.append(f"with {what} behind {it}")
            elif all(t.base > max(m.base for m in lead) + 0.05 * height for t in things):
                options.append(f"with {what} in front of {it}")
            elif len(things) == 1 and len(lead) == 1 and len(main) == 1:
                gap = abs(things[0].centre - lead[0].centre)
                near = gap < 0.9 * (things[0].box.width + lead[0].box.width)
                level = abs(things[0].base - lead[0].base) < 0.3 * height
                if near and level:
                    options.append(f"with {what} next to {it}")
                elif gap > 0.8 * (things[0].box.width + lead[0].box.width) / 2:
                    side = "left" if things[0].centre < lead[0].centre else "right"
                    options.append(f"with {what} to the {side} of {it}")
    return rng.choice(options[:5]) if options else ""


def caption(rng: Random, placed: list[Placed], stage: Stage, *, phrases: tuple[str, ...],
            style: str) -> str:  # fmt: skip
    """A sentence of one of several forms; every count and relation in it holds."""
    where = rng.choice(phrases)
    telling = _tell(placed, stage)
    if not telling.order:
        text = f"{rng.choice(('an empty scene', 'nothing but the view'))} {where}"
        return text[0].upper() + text[1:]
    form = rng.random()
    main = telling.order[: 1 if form < 0.3 else rng.choice((1, 2, 2, 3))]
    subject = _join([_phrase(rng, telling, label) for label in main])
    if form < 0.12:
        text = subject
    elif form < 0.3:
        text = f"{subject} {where}"
    elif form < 0.8:
        relation = _relation(rng, telling, main)
        joint = rng.choice((" ", ", "))
        text = f"{subject} {where}{joint + relation if relation else ''}"
    else:
        others = [counted(label, len(telling.members[label])) for label in telling.order[:6]]
        text = f"{where} there {'is' if others[0].startswith(('a ', 'an ', 'the ')) else 'are'} {_join(others)}"
    if rng.random() < 0.16:
        words = rng.choice(world.STYLE_WORDS[style])
        text = (
            f"{text}, {words}"
            if form >= 0.8 or rng.random() < 0.6
            else f"{singular(words)} of {text}"
        )
    text = text[0].upper() + text[1:]
    return text + ("." if rng.random() < 0.4 else "")
