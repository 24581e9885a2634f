/* words.c - the lists themselves (see words.h). */
#include "config.h"
#include "contrib/bench/tpch/words.h"

#define LIST(name, ...)                                                                            \
	static const char *const name##_list[] = { __VA_ARGS__ };                                  \
	const struct words words_##name = { sizeof name##_list / sizeof *name##_list, name##_list }

LIST(colour, "almond", "antique", "aquamarine", "azure", "beige", "bisque", "black", "blanched",
     "blue", "blush", "brown", "burlywood", "burnished", "chartreuse", "chiffon", "chocolate",
     "coral", "cornflower", "cornsilk", "cream", "cyan", "dark", "deep", "dim", "dodger", "drab",
     "firebrick", "floral", "forest", "frosted", "gainsboro", "ghost", "goldenrod", "green", "grey",
     "honeydew", "hot", "indian", "ivory", "khaki", "lace", "lavender", "lawn", "lemon", "light",
     "lime", "linen", "magenta", "maroon", "medium", "metallic", "midnight", "mint", "misty",
     "moccasin", "navajo", "navy", "olive", "orange", "orchid", "pale", "papaya", "peach", "peru",
     "pink", "plum", "powder", "puff", "purple", "red", "rose", "rosy", "royal", "saddle", "salmon",
     "sandy", "seashell", "sienna", "sky", "slate", "smoke", "snow", "spring", "steel", "tan",
     "thistle", "tomato", "turquoise", "violet", "wheat", "white", "yellow");
LIST(type1, "STANDARD", "SMALL", "MEDIUM", "LARGE", "ECONOMY", "PROMO");
LIST(type2, "ANODIZED", "BURNISHED", "PLATED", "POLISHED", "BRUSHED");
LIST(type3, "TIN", "NICKEL", "BRASS", "STEEL", "COPPER");
LIST(container1, "SM", "LG", "MED", "JUMBO", "WRAP");
LIST(container2, "CASE", "BOX", "BAG", "JAR", "PKG", "PACK", "CAN", "DRUM");
LIST(segment, "AUTOMOBILE", "BUILDING", "FURNITURE", "MACHINERY", "HOUSEHOLD");
LIST(priority, "1-URGENT", "2-HIGH", "3-MEDIUM", "4-NOT SPECIFIED", "5-LOW");
LIST(instruct, "DELIVER IN PERSON", "COLLECT COD", "NONE", "TAKE BACK RETURN");
LIST(mode, "REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB");
LIST(region, "AFRICA", "AMERICA", "ASIA", "EUROPE", "MIDDLE EAST");

LIST(noun, "requests", "parcels", "invoices", "bridges", "ledgers", "harbours", "letters", "clerks",
     "markets", "gardens", "engines", "wagons", "kettles", "windows", "rivers", "journeys",
     "orchards", "lanterns", "promises", "surveys", "engravings", "barrels", "towers", "festivals",
     "chimneys", "ferries", "anchors", "compasses", "violins", "tapestries", "granaries", "mills",
     "meadows", "foundries", "pulleys", "receipts", "samples", "questions", "answers", "quarries");
LIST(verb, "carry", "follow", "gather", "measure", "balance", "open", "repair", "cross", "visit",
     "sort", "weigh", "mend", "paint", "answer", "borrow", "collect", "deliver", "explain", "guard",
     "hurry", "inspect", "join", "knead", "label", "notice", "order", "polish", "question", "rest",
     "settle", "travel", "unload", "value", "wander", "yield", "arrive", "break", "count", "doze",
     "engrave");
LIST(adjective, "special", "green", "patient", "narrow", "hollow", "gentle", "rusty", "bright",
     "honest", "early", "late", "heavy", "quick", "silver", "humble", "tidy", "distant", "even",
     "plain", "warm");
LIST(adverb, "slowly", "gladly", "rarely", "often", "kindly", "boldly", "twice", "nearly", "firmly",
     "evenly", "loudly", "softly", "early", "neatly", "calmly", "daily", "wisely", "always",
     "seldom", "briefly");
LIST(preposition, "about", "above", "across", "after", "against", "along", "among", "around",
     "before", "behind", "beneath", "beside", "beyond", "despite", "during", "inside", "near",
     "past", "through", "under");

const struct nation nations[25] = {
	{ "ALGERIA", 0 },       { "ARGENTINA", 1 }, { "BRAZIL", 1 }, { "CANADA", 1 },
	{ "EGYPT", 4 },         { "ETHIOPIA", 0 },  { "FRANCE", 3 }, { "GERMANY", 3 },
	{ "INDIA", 2 },         { "INDONESIA", 2 }, { "IRAN", 4 },   { "IRAQ", 4 },
	{ "JAPAN", 2 },         { "JORDAN", 4 },    { "KENYA", 0 },  { "MOROCCO", 0 },
	{ "MOZAMBIQUE", 0 },    { "PERU", 1 },      { "CHINA", 2 },  { "ROMANIA", 3 },
	{ "SAUDI ARABIA", 4 },  { "VIETNAM", 2 },   { "RUSSIA", 3 }, { "UNITED KINGDOM", 3 },
	{ "UNITED STATES", 1 },
};
