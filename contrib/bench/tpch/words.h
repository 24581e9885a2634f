/* words.h - the word lists of TPC-H's columns.
 *
 * The lists that queries select from are the specification's (clause 4.2.2.13, 4.2.3): a query
 * asks for 'ECONOMY ANODIZED STEEL', so there must be as many of them as it expects.  The words of
 * comments are our own, but for those that queries look for: special, requests, Customer,
 * Complaints. */
#ifndef BENCH_TPCH_WORDS_H
#define BENCH_TPCH_WORDS_H

struct words {
	int n;
	const char *const *at;
};

extern const struct words words_colour, words_type1, words_type2, words_type3, words_container1,
	words_container2, words_segment, words_priority, words_instruct, words_mode, words_region,
	words_noun, words_verb, words_adjective, words_adverb, words_preposition;

struct nation {
	const char *name;
	int region;
};
extern const struct nation nations[25];

#endif
