/** An application as it goes on record. */
import type { Application } from '../serving/serving_model.ts';

const QUOTE = '"'.charCodeAt(0);
const BACKSLASH = '\\'.charCodeAt(0);

/**
 * The text that came, where every reader finds in it what was decided on. Written anew where there is
 * none, where a name comes twice (RFC 8259 §4: readers differ in which they take), or where an escape
 * could hide that.
 * @param application what the text says: texts, numbers, truth values and nulls by name
 */
export const recordedRequest = (application: Application, text: string | undefined): string =>
  text !== undefined && countQuotes(text) === quotesOf(application)
    ? text
    : JSON.stringify(application);

/** Undefined where there are escapes: without them quotes stand around names and texts alone. */
function countQuotes(text: string): number | undefined {
  let quotes = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) return undefined;
    if (code === QUOTE) quotes++;
  }
  return quotes;
}

/** As many as there are where each name comes once. */
function quotesOf(application: Application): number {
  let quotes = 0;
  for (const name in application) quotes += typeof application[name] === 'string' ? 4 : 2;
  return quotes;
}
