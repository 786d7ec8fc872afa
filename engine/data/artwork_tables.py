# ruff: noqa: E501  (a table reads best with one entry to a line)
"""Which drawing of which collection shows which class, part one: the tables.

Every line reads `class: slug slug/pose ...`; a slug is the name of an icon in the emoji
collections (the same in all of them but for `artwork_sources.ALIASES`). Only whole objects are
listed: a dog, not a dog's face.
"""

ANIMALS = """
dog: dog poodle guide-dog service-dog
cat: cat black-cat
horse: horse
cow: cow
pig: pig
sheep: ewe ram
goat: goat
chicken: chicken
rooster: rooster
turkey: turkey
duck: duck
swan: swan
goose: goose
bird: bird black-bird blackbird
dove: dove/flying
eagle: eagle/flying
parrot: parrot
owl: owl
flamingo: flamingo
peacock: peacock
penguin: penguin
chick: baby-chick front-facing-baby-chick hatching-chick
rabbit: rabbit
hedgehog: hedgehog
squirrel: chipmunk
mouse: mouse rat
elephant: elephant mammoth
giraffe: giraffe
zebra: zebra
camel: camel two-hump-camel
kangaroo: kangaroo
rhinoceros: rhinoceros
hippopotamus: hippopotamus
tiger: tiger
leopard: leopard
monkey: monkey
gorilla: gorilla orangutan
raccoon: raccoon badger
otter: otter
beaver: beaver
skunk: skunk
deer: deer
bison: bison
ox: ox
water buffalo: water-buffalo
donkey: donkey
llama: llama
boar: boar
crocodile: crocodile
snake: snake
turtle: turtle
snail: snail
butterfly: butterfly monarch-butterfly
bee: honeybee
ladybug: lady-beetle
ant: ant
spider: spider
crab: crab
lobster: lobster
fish: fish tropical-fish blowfish
dolphin: dolphin
whale: whale spouting-whale
orca: orca
shark: shark
seal: seal
octopus: octopus
jellyfish: jellyfish
bat: bat/flying
dinosaur: t-rex sauropod
"""

PLANTS = """
tree: deciduous-tree
bare tree: leafless-tree
pine tree: evergreen-tree
palm tree: palm-tree
christmas tree: christmas-tree
cactus: cactus
potted plant: potted-plant
tulip: tulip
rose: rose
sunflower: sunflower
flower: hibiscus blossom hyacinth
bouquet: bouquet
seedling: seedling
wheat: sheaf-of-rice
mushroom: mushroom brown-mushroom
"""

VEHICLES = """
car: automobile oncoming-automobile/front
suv: sport-utility-vehicle
taxi: taxi oncoming-taxi/front
police car: police-car oncoming-police-car/front
ambulance: ambulance
fire engine: fire-engine
bus: bus oncoming-bus/front
minibus: minibus
truck: delivery-truck
lorry: articulated-lorry
pickup truck: pickup-truck
tractor: tractor
racing car: racing-car
motorcycle: motorcycle
scooter: motor-scooter
kick scooter: kick-scooter
bicycle: bicycle
rickshaw: auto-rickshaw
tram: tram tram-car
trolleybus: trolleybus
locomotive: locomotive
train: railway-car
helicopter: helicopter
airplane: airplane small-airplane
rocket: rocket
flying saucer: flying-saucer
parachute: parachute
sailboat: sailboat
speedboat: speedboat
motor boat: motor-boat
ship: ship passenger-ship
ferry: ferry
canoe: canoe
wheelchair: manual-wheelchair motorized-wheelchair
shopping cart: shopping-cart
sled: sled
"""

BUILDINGS = """
house: house house-with-garden derelict-house houses
hut: hut
office building: office-building
school: school
hospital: hospital
bank: bank
hotel: hotel
shop: convenience-store department-store
post office: post-office japanese-post-office
church: church
mosque: mosque
temple: hindu-temple classical-building
castle: castle japanese-castle
factory: factory
tower: tokyo-tower
statue: statue-of-liberty moai
stadium: stadium
tent: tent
circus tent: circus-tent
ferris wheel: ferris-wheel
carousel: carousel-horse
slide: playground-slide
fountain: fountain
bus stop: bus-stop
fuel pump: fuel-pump
mailbox: closed-mailbox-with-raised-flag closed-mailbox-with-lowered-flag open-mailbox-with-raised-flag open-mailbox-with-lowered-flag
postbox: postbox
barrier: construction
parasol: umbrella-on-ground
"""

HOME = """
chair: chair
bed: bed
toilet: toilet
bathtub: bathtub
television: television
computer: desktop-computer
laptop: laptop
telephone: telephone
printer: printer
door: door
window: window
mirror: mirror
picture: framed-picture
file cabinet: file-cabinet
clock: mantelpiece-clock alarm-clock
candle: candle
vase: amphora
radio: radio
fire extinguisher: fire-extinguisher
ladder: ladder
bucket: bucket
broom: broom
basket: basket
wastebasket: wastebasket
books: books
book: closed-book blue-book green-book orange-book notebook-with-decorative-cover
open book: open-book
trophy: trophy
toolbox: toolbox
hammer: hammer
wrench: wrench
saw: carpentry-saw
axe: axe
screwdriver: screwdriver
scissors: scissors
pencil: pencil
paintbrush: paintbrush
palette: artist-palette
microscope: microscope
telescope: telescope
camera: camera
key: key old-key
box: package
barrel: oil-drum
lantern: red-paper-lantern
sponge: sponge
toothbrush: toothbrush
treasure chest: treasure-chest
"""

TOYS = """
teddy bear: teddy-bear
soccer ball: soccer-ball
basketball: basketball
volleyball: volleyball
tennis racket: tennis
baseball: baseball
balloon: balloon
kite: kite
gift: wrapped-gift
doll: nesting-dolls
drum: drum
long drum: long-drum
guitar: guitar
violin: violin
trumpet: trumpet
saxophone: saxophone
accordion: accordion
banjo: banjo
harp: harp
trombone: trombone
snowman: snowman-without-snow
"""

FOOD = """
teapot: teapot
cup: hot-beverage teacup-without-handle
glass: glass-of-milk cup-with-straw tumbler-glass
wine glass: wine-glass
cocktail: cocktail-glass tropical-drink
beer mug: beer-mug
bottle: bottle-with-popping-cork
baby bottle: baby-bottle
pot: pot-of-food
frying pan: cooking shallow-pan-of-food
bowl: bowl-with-spoon steaming-bowl
salad: green-salad
knife: kitchen-knife
jar: jar
honey pot: honey-pot
birthday cake: birthday-cake
cake: shortcake
cupcake: cupcake
pie: pie
pizza: pizza
hamburger: hamburger
hot dog: hot-dog
sandwich: sandwich
taco: taco
bread: bread
baguette: baguette-bread
croissant: croissant
pretzel: pretzel
cheese: cheese-wedge
egg: egg
pancakes: pancakes
doughnut: doughnut
cookie: cookie
ice cream: ice-cream soft-ice-cream
apple: red-apple green-apple
banana: banana
orange: tangerine
lemon: lemon
pear: pear
peach: peach
grapes: grapes
strawberry: strawberry
cherries: cherries
watermelon: watermelon
melon: melon
pineapple: pineapple
mango: mango
coconut: coconut
avocado: avocado
tomato: tomato
carrot: carrot
corn: ear-of-corn
eggplant: eggplant
pepper: bell-pepper hot-pepper
broccoli: broccoli
cucumber: cucumber
potato: potato
onion: onion
garlic: garlic
pumpkin: jack-o-lantern
popcorn: popcorn
fries: french-fries
"""

CLOTHES = """
shirt: t-shirt running-shirt
blouse: womans-clothes
dress: dress
trousers: jeans
shorts: shorts
coat: coat lab-coat
kimono: kimono
sock: socks
shoe: running-shoe mans-shoe
boot: womans-boot hiking-boot
sandal: womans-sandal thong-sandal
high heel: high-heeled-shoe
hat: top-hat womans-hat
cap: billed-cap
scarf: scarf
gloves: gloves
handbag: handbag purse
backpack: backpack
briefcase: briefcase
suitcase: luggage
umbrella: umbrella
glasses: glasses sunglasses
crown: crown
"""

SKY_AND_GROUND = """
sun: sun
moon: crescent-moon full-moon
cloud: cloud cloud-with-rain
star: star glowing-star
fire: fire
rock: rock
log: wood
shell: spiral-shell
anchor: anchor
lifebuoy: ring-buoy
"""

PEOPLE_POSES = """
standing: %-standing
walking: %-walking
running: %-running
kneeling: %-kneeling
sitting: %-in-lotus-position
dancing: %-dancing
cartwheeling: %-cartwheeling
in a wheelchair: %-in-manual-wheelchair %-in-motorized-wheelchair
with a cane: %-with-white-cane
riding a bicycle: %-biking
surfing: %-surfing
swimming: %-swimming
rowing: %-rowing-boat
playing golf: %-golfing
lifting weights: %-lifting-weights
playing handball: %-playing-handball
bouncing a ball: %-bouncing-ball
"""
"""`%` stands for man, woman and person."""

PEOPLE_OTHERS = """
person: snowboarder/snowboarding skier/skiing horse-racing/riding_a_horse person-fencing/fencing ballet-dancer/dancing
couple: woman-and-man-holding-hands men-holding-hands women-holding-hands people-holding-hands
"""

CLIPART = """
dog: dog_01_drawn_with_strai_01/sitting dog_03_drawn_with_strai_01 dog_04_drawn_with_strai_01 dog_05_drawn_with_strai_01/lying/right dog_06_drawn_with_strai_01 beagle_copper_ganson
cat: gatto_cat_architetto_fra_01/lying gatto_cat_architetto_fra_02/standing/right gatto_cat_architetto_fra_03/sitting gatto_cat_architetto_fra_04/sitting kitten_gerald_g._01/sitting cartoon_cat_gerald_g._01/walking
horse: cavallo_architetto_franc_01/running/right cavallo_architetto_franc_02/running cavallo_architetto_franc_05/walking/right cavallo_architetto_franc_06/running/right cavallo_architetto_franc_07/running/right
rabbit: coniglio_architetto_fran_01
elephant: elefante01_architetto_fr_01 elefante02_architetto_fr_01/right elefante_in_corsa/right elefantone
sheep: pecora_architetto_france_01//front sheep-md-v0.1
pig: pig_marcelo_caiafa1
cow: vacca_pezzata_rossa_val_01
lion: leone_01_architetto_fran_01//right leone_02_architetto_fran_01/lying
tiger: tigre01_architetto_franc_01//right tigre02_architetto_franc_01 tigre03_architetto_franc_01 tigre04_architetto_franc_01 tigre05_architetto_franc_01
bear: orso_architetto_francesc_03//right
kangaroo: canguro_architetto_franc_01
deer: antilope_architetto_fran_01/running fawn_mo_01
duck: Anatra//right duck_yellow_kurt_cagle_
seagull: gabbiano_piccolo//right gull_marcelo_staudt_01
rooster: gallo_di_profilo_archite_01
owl: gufo_civetta_architetto__01
turkey: tacchino_architetto_fran_01
penguin: Pinguino1 Pinguino2 Pinguino4
pigeon: Colombo
ostrich: struzzo
fish: brown_fish_01//right giraffe_cichlid_01 pescetto pescetto_arancione_archi_01 yellow_gourami_01//right clown_loach_01//right
lobster: crawfish1_ganson
bee: bee1_mimooh_01
butterfly: farfalla_contorno_archit_01
ladybug: coccinella_architetto_fr_01 coccinellona_architetto__01
snail: lumaca_architetto_france_01//right
suv: blazer_01//right hummer_05//right hummer_07 toyota_land_cruiser_ganson
car: dodge_neon_green_ganson//front skoda_car_alejandro_teja_
bus: bus1_jarno_vasamaa_01 bus2_jarno_vasamaa_01//right
motorcycle: motorcycle_jarno_vasama_
truck: small_truck_steffen_gluc_01 truck_jarno_vasamaa1//right truck_jarno_vasamaa_//right
tractor: trattore_architetto_fran_01
hot-air balloon: pallone_aerestatico_arch_01
airplane: aircraft_jarno_vasamaa1 aircraft_jarno_vasamaa3 aircraft_jarno_vasamaa4 aircraft_jarno_vasamaa_
sailboat: boat_jarno_vasamaa1 boat_jarno_vasamaa_ sailboat_illustration
racing car: formula_one_car_gerald_g_01
fire engine: fire_engine_mimooh_01
chair: sedia_in_legno_architett_01
table: tavolo_in_legno_architet_01 wooden_table_benji_park_01
office chair: poltrona_ufficio_archite_01
table lamp: liberty_architetto_franc_01 desk_lamp_gerald_g._01
lantern: hurricane_lamp_ganson
woman: ballerina_architetto_fra_01/dancing bride1_jarno_vasamaa_01/standing bussiness_woman_donna_i_01/walking fitness_architetto_franc_01/stretching roller_blader_ganson/skating woman_01/standing woman_chemist_gerald_g._01/standing woman_doctor_gerald_g._01/standing woman_fashion_01_gerald__01/standing woman_fashion_02_gerald__01/standing woman_nurse_gerald_g._01/standing woman_police_01_gerald_g_01/standing woman_police_02_gerald_g_01/standing woman_reading_gerald_g._01/sitting ragazza_seduta/sitting signorina_in_viola/standing aerobics_architetto_fran_01/running
man: groom1_jarno_vasamaa_01/standing golf_drive_ganson/playing_golf man_01/standing man_02/standing yoga_architetto_francesc_01/sitting Traslocatore01/carrying_a_box
girl: ragazza_bionda/standing ragazza_bruna/standing ragazza_rossa/dancing io_bambina_architetto_fr_01/running trekking_in_montagna/walking
boy: ragazzo/standing
couple: wedding_couple_jarno_vas_/standing
scarecrow: spaventapasseri
teddy bear: simple_teddy_bear_gerald_01 simple_teddy_bear_with__01 stylized_teddy_bear_gera_01 stylized_teddy_bear_wit_01
soccer ball: soccer_ball_ganson
guitar: guitar_jarno_vasamaa1 guitar_jarno_vasamaa2
drum kit: drums_jarno_vasamaa_
cello: cello_ganson
harp: harp2_ganson
box: cardboard_box_jarno_vasa_
basket: cesto_architetto_frances_01
handbag: borsa_estiva_architetto__01
broom: broom_nicu_buculei_01
banana: bananas_nicu_buculei_01
apple: applf
orange: orange_simple
pear: pear_simple
strawberry: strawberry_simple
watermelon: watermelon_james_kilfige_01 watermelon_simple
bottle: bottled_drink
cup: coffee_ganson teacup_ganson
glass: soft_drink
teapot: teapot_ganson
pumpkin: zucca_architetto_frances_01
pizza: pizza_pepperoni
can: pop_can
milk carton: milk_ganson
tree: albero_architetto_france_01 fall_coloured_tree_geral_01
christmas tree: christmas_tree_01 christmas_tree_mo_01
tulip: tulips_ganson
potted plant: geranium_ganson
flower: flowers_jonathan_dietric_01
house: casa_verde_architetto_fr_01 pinkhome pinkhome2 small_house_01
castle: pinkhome3
apartment building: big_house_01
igloo: igloo
tent: tenda_da_campeggio_archi_01
school: school_country__abiclipa_01
ladder: scala_doppia
ironing board: asse_da_stiro
wheelbarrow: carretta_da_cantiere
backpack: zaino_per_montagna
hat: adventurer_hat_nicu_bucu_01
wastebasket: cestino_vuoto_architetto_01
"""
"""`class: file/pose/faces ...`, file = base name of a drawing of openclipart-svg; `_` in a pose
stands for a blank."""
