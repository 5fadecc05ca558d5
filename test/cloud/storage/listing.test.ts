import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Listing, type ListingQuery, listPage } from './listing.ts';
import { compareNames } from './names.ts';

const ALL: ListingQuery = {
  prefix: '',
  delimiter: '',
  includeTrailingDelimiter: false,
  startOffset: '',
  endOffset: '',
  maxResults: 1000,
  pageToken: null,
};

/** The definition, page by page forgotten. */
function whole(
  names: readonly string[],
  query: ListingQuery,
): { items: string[]; prefixes: string[] } {
  const items: string[] = [];
  const prefixes = new Set<string>();
  for (const name of names) {
    const { prefix, delimiter, startOffset, endOffset } = query;
    if (!name.startsWith(prefix)) continue;
    if (compareNames(name, startOffset) < 0) continue;
    if (endOffset !== '' && compareNames(name, endOffset) >= 0) continue;
    const place = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
    const group = name.slice(0, place + delimiter.length);
    if (place >= 0) prefixes.add(group);
    if (place < 0 || (query.includeTrailingDelimiter && group === name)) items.push(name);
  }
  return { items, prefixes: [...prefixes] };
}

describe('listing', () => {
  it('gives, page by page, what is to be given, once and in order', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '/', '//', 'é'), maxLength: 4 });
    const arbitrary = fc.record({
      names: fc.uniqueArray(word, { maxLength: 25 }),
      versions: fc.integer({ min: 0, max: 3 }),
      prefix: word,
      delimiter: fc.constantFrom('', '/', 'a', '//'),
      includeTrailingDelimiter: fc.boolean(),
      startOffset: word,
      endOffset: word,
      maxResults: fc.integer({ min: 1, max: 5 }),
    });
    const property = fc.property(arbitrary, ({ names, versions, ...asked }) => {
      const sorted = names.toSorted(compareNames);
      const versionsOf = (name: string) =>
        Array.from({ length: versions }, (_, n) => `${name}#${n}`);
      const items: string[] = [];
      const prefixes: string[] = [];
      let pageToken: string | null = null;
      do {
        const page: Listing<string> = listPage(sorted, { ...asked, pageToken }, versionsOf);
        const size = page.items.length + page.prefixes.length;
        assert.ok(size <= asked.maxResults);
        if (page.nextPageToken !== undefined) assert.equal(size, asked.maxResults);
        items.push(...page.items);
        prefixes.push(...page.prefixes);
        pageToken = page.nextPageToken ?? null;
      } while (pageToken !== null);
      const expected = whole(versions === 0 ? [] : sorted, { ...asked, pageToken });
      assert.deepEqual(items, expected.items.flatMap(versionsOf));
      assert.deepEqual(prefixes, expected.prefixes);
    });
    fc.assert(property, { numRuns: 1000 });
  });

  it('goes on from where a page ended when names have come and gone since', () => {
    const page = listPage(['a', 'c', 'e'], { ...ALL, maxResults: 2 }, (name) => [name]);
    const pageToken = page.nextPageToken ?? null;
    const next = listPage(['b', 'd', 'e'], { ...ALL, pageToken }, (name) => [name]);
    assert.deepEqual(
      [page.items, next.items],
      [
        ['a', 'c'],
        ['d', 'e'],
      ],
    );
  });

  it('looks at no more names than it needs', () => {
    const names = Array.from({ length: 100_000 }, (_, n) => `x${String(n).padStart(6, '0')}`);
    let looked = 0;
    const versionsOf = (name: string) => {
      looked += 1;
      return [name];
    };
    const { items } = listPage(names, { ...ALL, prefix: 'x07000' }, versionsOf);
    assert.equal(items.length, 10);
    assert.equal(looked, 10);
  });

  it('refuses page tokens that are not its own', () => {
    for (const pageToken of ['', 'x', Buffer.from('{"a":1}').toString('base64url')]) {
      assert.throws(() => listPage(['a'], { ...ALL, pageToken }, () => []), /Invalid page token/);
    }
  });
});
