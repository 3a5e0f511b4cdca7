/** The words of the shop as its page edits them. */
import type { DictionaryWord, WordsView } from "./model.ts";

export interface Lexicon {
  synonyms: string[][];
  dictionary: DictionaryWord[];
  stop_words: string[];
}

export type Part = keyof Lexicon;
export const PARTS: Part[] = ["synonyms", "dictionary", "stop_words"];

const SEPARATORS = /[\s,，、;；=|/]+/;

/** `运费、邮费 快递费` as three words, each once. */
export function wordsOf(line: string): string[] {
  return [...new Set(line.split(SEPARATORS).map((word) => word.trim()).filter(Boolean))];
}

export function lexiconOf({ synonyms, dictionary, stop_words }: WordsView): Lexicon {
  return { synonyms: synonyms.map((group) => [...group]), dictionary: dictionary.map((word) => ({ ...word })), stop_words: [...stop_words] };
}

/** As it is sent: without groups that say nothing. */
export function tidyLexicon(lexicon: Lexicon): Lexicon {
  return { ...lexicon, synonyms: lexicon.synonyms.filter((group) => group.length > 1) };
}

/** Words that stand in two groups: they could mean either. */
export function ambiguous(groups: string[][]): Set<string> {
  const seen = new Set<string>();
  const twice = new Set<string>();
  for (const group of groups) {
    for (const word of new Set(group)) {
      if (seen.has(word)) twice.add(word);
      seen.add(word);
    }
  }
  return twice;
}
