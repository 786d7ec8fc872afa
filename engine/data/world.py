# ruff: noqa: E501  (a table reads best with one entry to a line)
"""The rules of the lite world: what there is, how large, where it can be, with whom.

Heights are metres of the whole drawing, made a little larger than life for the very small, as
illustrators do. `place` says what carries a thing: the ground, a table-top, a wall, the ceiling,
water, the sky far away ("sky", sized by the canvas), or air and open water ("air").
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

Place = Literal["ground", "table", "wall", "ceiling", "water", "sky", "air"]


@dataclass(frozen=True, slots=True)
class ObjectClass:
    """One kind of thing.

    Attributes:
        name: Label and name of its drawings, except for those in `DRAWN_AS`.
        ade: Name of the nearest ADE20K class.
        height: Metres of an upright drawing; share of the canvas height for place "sky".
        place: What carries it.
        group: Where it belongs; scene kinds cast whole groups.
    """

    name: str
    ade: str
    height: float
    place: Place
    group: str


_GROUPS = """
people | person | ground | man 1.78, woman 1.68, man 1.78, woman 1.68, person 1.72, boy 1.3, girl 1.25, boy 1.3, girl 1.25, couple 1.72
grown-ups | person | ground | man 1.78, woman 1.68, person 1.72
children | person | ground | boy 1.3, girl 1.25
water people | person | water | man 1.78, woman 1.68, person 1.72
winter people | person | ground | man 1.78, woman 1.68, person 1.72, boy 1.3, girl 1.25
pets | animal | ground | dog .7, cat .42
small animals | animal | ground | rabbit .4, hedgehog .28, squirrel .34, turtle .32, snail .2, mouse .22
bugs | animal | ground | ant .14, spider .16, ladybug .15
livestock | animal | ground | horse 1.7, cow 1.5, pig .9, sheep .95, goat .95, donkey 1.35, ox 1.5, llama 1.6
poultry | animal | ground | chicken .5, rooster .58, turkey .75, goose .75, chick .3, duck .45
savanna animals | animal | ground | elephant 3, giraffe 4.4, zebra 1.5, lion 1.15, tiger 1.1, leopard .95, rhinoceros 1.7, hippopotamus 1.5, ostrich 2.1, gorilla 1.6, monkey .85, kangaroo 1.5, water buffalo 1.6
desert animals | animal | ground | camel 2.1, snake .35
forest animals | animal | ground | deer 1.5, bear 1.5, boar .9, bison 1.8, raccoon .5, skunk .45, beaver .45, squirrel .34, hedgehog .28, owl .5
waterside animals | animal | ground | flamingo 1.2, crocodile .7, otter .45, seal .85, turtle .35, crab .28
polar animals | animal | ground | penguin .95, seal .85
dinosaurs | animal | ground | dinosaur 3.4
ground birds | animal | ground | bird .32, pigeon .32, seagull .42, parrot .4, peacock .95, owl .45
flyers | animal | air | butterfly .3, butterfly .3, bee .22, bee .22, dove .45, bat .4
sky animals | animal | sky | eagle .1, dove .08
water birds | animal | water | swan .75, duck .45
swimmers | animal | water | dolphin 1.2, whale 2.4, orca 1.6
sea animals | animal | air | fish .35, dolphin .8, whale 1.3, orca 1, shark .8, octopus .6, jellyfish .6, turtle .45
sea floor animals | animal | ground | crab .35, lobster .4, octopus .6

trees | tree | ground | tree 6.5, pine tree 7
bare trees | tree | ground | bare tree 6
palms | palm | ground | palm tree 6.5
christmas trees | tree | ground | christmas tree 2.1
bushes | plant | ground | bush 1
cactuses | plant | ground | cactus 2
flowers | flower | ground | tulip .5, rose .5, sunflower 1.1, flower .45
wild plants | plant | ground | mushroom .3, seedling .3, wheat .8
rocks | rock | ground | rock .8
logs | tree | ground | log .5

cars | car | ground | car 1.5, suv 1.75, taxi 1.6, police car 1.6, racing car 1.05, pickup truck 1.7
vans | van | ground | minibus 2.3, ambulance 2.4, rickshaw 1.8
trucks | truck | ground | truck 2.8, lorry 3.4, fire engine 3
buses | bus | ground | bus 3, trolleybus 3.3, tram 3.4
trains | bus | ground | train 3.4, locomotive 3.4
two-wheelers | bicycle | ground | bicycle 1.1, kick scooter 1.05
motorbikes | minibike | ground | motorcycle 1.15, scooter 1.15
tractors | truck | ground | tractor 2.4
carts | basket | ground | shopping cart 1, wheelbarrow .75
wheelchairs | chair | ground | wheelchair 1
boats | boat | water | sailboat 7, speedboat 1.7, motor boat 2, canoe .9
ships | ship | water | ship 15, ferry 13
buoys | base | water | buoy 1.3, lifebuoy .7
aircraft | airplane | sky | airplane .16, helicopter .15
balloons | plaything | sky | hot-air balloon .24, balloon .13, kite .16, parachute .2
spacecraft | airplane | sky | rocket .26, flying saucer .14
sun | sky | sky | sun .15
moon | sky | sky | moon .13
clouds | sky | sky | cloud .13
stars | sky | sky | star .06

houses | house | ground | house 6.5
huts | hovel | ground | hut 3.6, igloo 2
town houses | building | ground | apartment building 12, shop 7, office building 15, bank 9, hotel 12, post office 8, school 9, hospital 11, church 12, temple 10, mosque 12
skyscrapers | skyscraper | ground | skyscraper 42, office building 26
castles | building | ground | castle 15
landmarks | tower | ground | tower 40, lighthouse 15, windmill 11
lighthouses | tower | ground | lighthouse 15
windmills | tower | ground | windmill 11
statues | sculpture | ground | statue 3.4
barns | building | ground | barn 7
factories | building | ground | factory 14
arenas | building | ground | stadium 16
tents | tent | ground | tent 1.9
circus | tent | ground | circus tent 8
rides | plaything | ground | ferris wheel 14, carousel 2.2
playground things | plaything | ground | slide 2.1, swing 2.1, seesaw 1
fountains | fountain | ground | fountain 2.2
bridges | bridge | water | bridge 4
piers | pier | water | pier 2

traffic lights | traffic light | ground | traffic light 3
street lamps | streetlight | ground | street lamp 4.2
signs | signboard | ground | road sign 2.4, bus stop 2.5
street things | base | ground | fire hydrant 1, mailbox 1.15, postbox 1.2, fuel pump 1.7, barrier 1
bins | ashcan | ground | wastebasket .6
benches | bench | ground | bench .9
fences | fence | ground | fence 1.05
parasols | canopy | ground | parasol 2.1
stalls | booth | ground | market stall 2.5
scarecrows | sculpture | ground | scarecrow 1.8
hay | field | ground | hay bale 1
crates | box | ground | crate .6, box .55, treasure chest .55
barrels | barrel | ground | barrel .95
ladders | stairs | ground | ladder 1.9
buckets | pot | ground | bucket .4
sand toys | plaything | ground | sand castle .55, bucket .38, shell .25, beach ball .42
towels | towel | ground | towel .3
surfboards | plaything | ground | surfboard 1.9
anchors | base | ground | anchor .9
balls | ball | ground | soccer ball .32, basketball .34, volleyball .32, beach ball .42, baseball .22
campfires | fireplace | ground | fire .8
snow things | sculpture | ground | snowman 1.5
sleds | plaything | ground | sled .6
gifts | box | ground | gift .42
pumpkins | food | ground | pumpkin .4

chairs | chair | ground | chair .95
office chairs | swivel chair | ground | office chair 1.1
stools | stool | ground | stool .65
tables | table | ground | table .8
coffee tables | coffee table | ground | coffee table .48
desks | desk | ground | desk .8
sofas | sofa | ground | sofa .95
armchairs | armchair | ground | armchair .95
beds | bed | ground | bed .95
nightstands | chest of drawers | ground | nightstand .62
bookshelves | bookcase | ground | bookshelf 1.9
wardrobes | wardrobe | ground | wardrobe 2
drawers | chest of drawers | ground | chest of drawers 1
file cabinets | cabinet | ground | file cabinet 1.2
floor lamps | lamp | ground | floor lamp 1.7
fridges | refrigerator | ground | fridge 1.85
stoves | stove | ground | stove 1
sinks | sink | ground | sink 1.05
washers | washer | ground | washing machine .95
counters | counter | ground | counter .95
pianos | base | ground | piano 1.3
fireplaces | fireplace | ground | fireplace 1.25
potted plants | plant | ground | potted plant .75
toilets | toilet | ground | toilet .85
bathtubs | bathtub | ground | bathtub 1.05
rugs | rug | ground | rug .32
cushions | cushion | ground | cushion .4
ironing boards | table | ground | ironing board .95
brooms | base | ground | broom 1.3
fire extinguishers | base | ground | fire extinguisher .6

windows | windowpane | wall | window 1.2
doors | door | ground | door 2.1
curtains | curtain | wall | curtain 1.7
pictures | painting | wall | picture .6
mirrors | mirror | wall | mirror .85
wall clocks | clock | wall | wall clock .4
wall cabinets | cabinet | wall | wall cabinet .65
blackboards | bulletin board | wall | blackboard 1.1
radiators | radiator | ground | radiator .65
ceiling lamps | light | ceiling | ceiling lamp .6
paper lanterns | light | ceiling | lantern .4
pans | pot | wall | frying pan .4

table lamps | lamp | table | table lamp .48
candles | light | table | candle .28
vases | vase | table | vase .45
small plants | plant | table | potted plant .42
bouquets | flower | table | bouquet .4
drinks | glass | table | cup .16, glass .2, wine glass .24, cocktail .24, beer mug .2, can .16, milk carton .26, baby bottle .2
bottles | bottle | table | bottle .34
crockery | plate | table | plate .12, bowl .16, salad .18
pots | pot | table | teapot .22, pot .22, jar .24, honey pot .22
knives | base | table | knife .25
cakes | food | table | birthday cake .28, cake .18, cupcake .18, pie .16, pancakes .16, doughnut .14, cookie .13, ice cream .24
meals | food | table | pizza .2, hamburger .18, hot dog .16, sandwich .16, taco .16, fries .2, popcorn .24
bakery | food | table | bread .2, baguette .28, croissant .14, pretzel .15, cheese .16, egg .12
fruit | food | table | apple .15, banana .17, orange .15, lemon .13, pear .17, peach .14, grapes .2, strawberry .13, cherries .15, watermelon .26, melon .22, pineapple .32, mango .15, coconut .16, avocado .15
vegetables | food | table | tomato .14, carrot .2, corn .22, eggplant .2, pepper .17, broccoli .18, cucumber .18, potato .13, onion .15, garlic .12, pumpkin .28
clocks | clock | table | clock .28
televisions | television receiver | table | television .6
computers | computer | table | computer .45, laptop .3
office machines | computer | table | printer .35, telephone .2, radio .25
books | book | table | book .24, books .26, open book .18
school things | base | table | pencil .22, scissors .2, palette .22, paintbrush .24, microscope .4, camera .18, telescope .5
keys | base | table | key .12
trophies | sculpture | table | trophy .34
tools | base | table | hammer .28, wrench .26, saw .26, axe .34, screwdriver .26, toolbox .34
washing things | base | table | sponge .14, toothbrush .2
plush | plaything | table | teddy bear .4, doll .35
toys | plaything | ground | teddy bear .5, doll .5, gift .42, drum .4, carousel .9
small instruments | base | table | trumpet .28, violin .45, accordion .4, saxophone .5
instruments | base | ground | guitar 1.05, cello 1.25, harp 1.5, drum kit 1.15, long drum .7, drum .55, banjo .95, saxophone .8, violin .7, accordion .6, trombone .9, trumpet .55
rackets | ball | ground | tennis racket .7
hats | apparel | table | hat .26, cap .22, crown .22
hung clothes | apparel | wall | shirt .65, blouse .65, dress 1, trousers .95, shorts .5, coat .95, kimono 1.05, scarf .6, gloves .35, sock .4, umbrella .85
shoes | apparel | table | shoe .2, boot .32, sandal .16, high heel .24
bags | bag | table | handbag .34, backpack .48, briefcase .36
luggage | bag | ground | suitcase .7, backpack .55, briefcase .42, handbag .38
glasses | apparel | table | glasses .12
baskets | basket | ground | basket .4
garden lanterns | light | ground | lantern .4
"""


@cache
def groups() -> dict[str, tuple[ObjectClass, ...]]:
    """Group name -> its classes."""
    found: dict[str, tuple[ObjectClass, ...]] = {}
    for line in _GROUPS.strip().splitlines():
        if not line.strip():
            continue
        group, ade, place, members = (part.strip() for part in line.split("|"))
        classes = []
        for member in members.split(", "):
            name, _, height = member.rpartition(" ")
            classes.append(ObjectClass(name, ade, float(height), place, group))  # type: ignore[arg-type]
        found[group] = tuple(classes)
    return found


OBJECT_CLASSES: tuple[str, ...] = tuple(
    dict.fromkeys(member.name for members in groups().values() for member in members)
)
"""Labels of all things."""

DRAWN_AS: dict[str, tuple[tuple[str, float], ...]] = {
    "boy": (("boy", 0.7), ("man", 0.3)),
    "girl": (("girl", 0.7), ("woman", 0.3)),
}
"""Label -> names of drawings that can show it: cartoon grown-ups have children's proportions."""

CHILD_POSES = frozenset(
    {"standing", "walking", "running", "kneeling", "sitting", "dancing", "cartwheeling",
     "riding a bicycle", "swimming", "bouncing a ball"}
)  # fmt: skip
"""Poses of a grown-up's drawing that may stand for a child."""

POSE_HEIGHT: dict[str, float] = {
    "kneeling": 0.72, "sitting": 0.74, "sitting on the ground": 0.56, "reading": 0.76,
    "cartwheeling": 0.9, "in a wheelchair": 0.8, "riding a bicycle": 1.0, "surfing": 1.0,
    "swimming": 0.5, "rowing": 0.75, "lying": 0.26, "bending": 0.72, "jumping": 1.05,
    "running": 0.98, "riding a horse": 1.35, "skiing": 0.95, "snowboarding": 0.95,
    "waving": 1.05, "arms up": 1.1, "lifting weights": 1.0, "bouncing a ball": 0.95,
}  # fmt: skip
"""Height of a person's drawing in a pose, as a share of the person's own height."""

ANIMAL_POSE_HEIGHT: dict[str, float] = {"lying": 0.62, "sitting": 0.95}

WATER_POSES = frozenset({"surfing", "swimming", "rowing"})
SNOW_POSES = frozenset({"skiing", "snowboarding"})
ACTIVE_POSES = frozenset({"riding a bicycle", "riding a horse", "cartwheeling", "playing golf",
                          "playing handball", "fencing", "lifting weights", "bouncing a ball",
                          "skating"})  # fmt: skip
"""Poses of the open air; indoors nobody rides a horse."""

FALLBACK_STYLE: dict[str, tuple[str, ...]] = {
    "fluent": ("flat", "noto", "twemoji"),
    "noto": ("flat", "fluent", "twemoji"),
    "blob": ("flat", "noto", "twemoji"),
    "twemoji": ("flat", "noto", "fluent"),
    "fx": ("flat", "twemoji", "noto"),
    "clipart": ("ink", "flat", "noto"),
    "flat": ("twemoji", "fluent", "noto"),
    "ink": ("clipart", "noto", "twemoji"),
}
"""Style of a scene -> where to look next when the style lacks a thing."""

STYLE_WORDS: dict[str, tuple[str, ...]] = {
    "fluent": ("flat illustration", "modern flat drawing"),
    "noto": ("cartoon illustration", "colourful cartoon"),
    "blob": ("simple cartoon", "bold cartoon drawing"),
    "twemoji": ("flat illustration", "simple flat drawing"),
    "fx": ("flat illustration", "bright flat drawing"),
    "clipart": ("clip art", "ink drawing"),
    "flat": ("flat illustration", "plain flat drawing"),
    "ink": ("outlined illustration", "comic drawing"),
    "mixed": ("illustration", "collage"),
}

ONLY_ONE = frozenset(
    {"sun", "moon", "toilet", "bathtub", "blackboard", "television", "fireplace", "piano", "fridge",
     "stove", "wall clock", "wardrobe", "bed", "castle", "ferris wheel", "washing machine",
     "christmas tree", "fountain", "bus stop"}
)  # fmt: skip
"""Things of which a scene has one at most."""

BACKGROUND_CLASSES: dict[str, str] = {
    "sky": "sky", "night sky": "sky", "sunset sky": "sky", "grass": "grass", "field": "field",
    "sand": "sand", "snow": "earth", "earth": "earth", "road": "road", "sidewalk": "sidewalk",
    "path": "path", "sea": "sea", "lake": "lake", "river": "river", "mountain": "mountain",
    "hill": "hill", "dune": "sand", "forest": "tree", "skyline": "skyscraper", "wall": "wall",
    "floor": "floor", "ceiling": "ceiling", "table top": "table", "water": "water",
    "sea floor": "sand", "square": "sidewalk",
}  # fmt: skip
"""Background label -> ADE20K class."""


@cache
def ade_ids() -> dict[str, int]:
    """ADE20K class name -> id 0..149."""
    from engine.layout.palette import ADE_CLASSES

    return {ade.name: ade.id for ade in ADE_CLASSES}
