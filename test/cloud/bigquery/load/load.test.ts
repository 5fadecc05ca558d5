import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { gzipSync } from 'node:zlib';
import { ManualClock } from '../../clock.ts';
import { ApiError, notFound } from '../../errors.ts';
import { LocalCatalog } from '../catalog/catalog.ts';
import { Database, type Session } from '../duckdb/database.ts';
import { physicalTable } from '../names.ts';
import type { ObjectStore } from '../ports.ts';
import { type Field, toResource } from '../types.ts';
import { type Loaded, load } from './load.ts';
import { parseLoad } from './settings.ts';
import type { Source } from './sources.ts';
import { LoadFailure } from './tally.ts';

const DATASET = { projectId: 'p', datasetId: 'd' };

const objects = (contents: Record<string, string | Uint8Array>): ObjectStore => ({
  read: async (bucket, object) => {
    const content = contents[`${bucket}/${object}`];
    if (content === undefined) throw notFound(`object ${object}`);
    return Buffer.from(content as string);
  },
  write: async () => assert.fail('a load writes nothing'),
  list: async (bucket, prefix) => {
    const names = Object.keys(contents).filter((name) => name.startsWith(`${bucket}/`));
    if (names.length === 0) throw notFound(`bucket ${bucket}`);
    return names
      .map((name) => name.slice(bucket.length + 1))
      .filter((name) => name.startsWith(prefix))
      .sort();
  },
});

async function* once(bytes: string | Uint8Array): AsyncGenerator<Uint8Array> {
  yield Buffer.from(bytes as string);
}

/** Schemas in short: `a:INTEGER:REQUIRED,b:STRING`. */
const schema = (text: string) => ({
  fields: text.split(',').map((field) => {
    const [name, type, mode = 'NULLABLE'] = field.split(':');
    return { name, type, mode };
  }),
});

const shortSchema = (fields: readonly Field[]): string =>
  fields
    .map(toResource)
    .map(({ name, type, mode }) =>
      mode === 'NULLABLE' ? `${name}:${type}` : `${name}:${type}:${mode}`,
    )
    .join(',');

describe('loading files', () => {
  let database: Database;
  let catalog: LocalCatalog;
  let session: Session;
  let count = 0;

  before(async () => {
    database = await Database.open();
    catalog = await LocalCatalog.open(database, new ManualClock(0));
    await catalog.createDataset(DATASET, 'fail', {});
    session = await database.connect();
  });

  after(async () => {
    session.close();
    await catalog.close();
    database.close();
  });

  const run = async (
    source: Source | string | Uint8Array,
    configuration: Record<string, unknown>,
    existing?: readonly Field[],
    signal = new AbortController().signal,
  ): Promise<Loaded> =>
    load(session, {
      settings: parseLoad(configuration),
      source:
        typeof source === 'string' || source instanceof Uint8Array
          ? { bytes: once(source) }
          : source,
      dataset: DATASET,
      id: String(count++),
      workFolder: tmpdir(),
      existing,
      signal,
      check: () => {},
    });

  const rowsOf = async ({ staged }: Loaded): Promise<unknown[][]> => {
    const rows = await session.rows(`FROM ${physicalTable(staged.table)}`);
    return rows.map((row) =>
      row.map((value) => (typeof value === 'object' && value ? String(value) : value)),
    );
  };

  const failure = async (promise: Promise<unknown>): Promise<ApiError> => {
    const error = await promise.then(
      () => assert.fail('the load succeeded'),
      (e: unknown) => e,
    );
    assert.ok(error instanceof ApiError, String(error));
    return error;
  };

  const details = async (promise: Promise<unknown>): Promise<string[]> => {
    const error = await failure(promise);
    assert.ok(error instanceof LoadFailure, error.message);
    return error.details.map(
      ({ message, debugInfo }) =>
        `${debugInfo}: ${message.replace('Error while reading data, error message: ', '')}`,
    );
  };

  const json = (given: string, more: Record<string, unknown> = {}) => ({
    sourceFormat: 'NEWLINE_DELIMITED_JSON',
    schema: schema(given),
    ...more,
  });

  const csv = (given: string, more: Record<string, unknown> = {}) => ({
    sourceFormat: 'CSV',
    schema: schema(given),
    ...more,
  });

  describe('of newline-delimited JSON', () => {
    it('matches columns by name in any case, leaves out what is absent, and skips empty lines', async () => {
      const text = '{"B":"x","a":1}\n\n{"a":null}\r\n{}';
      const loaded = await run(text, json('a:INTEGER,b:STRING'));
      assert.deepEqual(await rowsOf(loaded), [
        [1n, 'x'],
        [null, null],
        [null, null],
      ]);
      const { outputRows, badRecords, inputFiles, inputFileBytes } = loaded;
      assert.deepEqual(
        [outputRows, badRecords, inputFiles, inputFileBytes],
        [3, 0, 1, text.length],
      );
    });

    it('keeps integers and decimals that a double would change', async () => {
      const text = '{"i":9223372036854775807,"n":12345678901234567890.123456789,"f":0.1}';
      const loaded = await run(text, json('i:INTEGER,n:NUMERIC,f:FLOAT'));
      assert.deepEqual(await rowsOf(loaded), [
        [9223372036854775807n, '12345678901234567890.123456789', 0.1],
      ]);
    });

    it('takes records, lists of records and any JSON', async () => {
      const fields = [
        {
          name: 'r',
          type: 'RECORD',
          fields: [
            { name: 'x', type: 'INTEGER' },
            { name: 'y', type: 'STRING' },
          ],
        },
        { name: 'l', type: 'RECORD', mode: 'REPEATED', fields: [{ name: 'x', type: 'INTEGER' }] },
        { name: 'j', type: 'JSON' },
      ];
      const text =
        '{"r":{"x":1},"l":[{"x":2},{}],"j":{"k":[1,"two",12345678901234567890]}}\n{"j":"text"}';
      const loaded = await run(text, { ...json('a:STRING'), schema: { fields } });
      assert.deepEqual(await rowsOf(loaded), [
        ["{'x': 1, 'y': NULL}", "[{'x': 2}, {'x': NULL}]", '{"k":[1,"two",12345678901234567890]}'],
        [null, '[]', '"text"'],
      ]);
    });

    const BAD: readonly [what: string, schema: string, line: string, problem: string][] = [
      ['malformed JSON', 'a:INTEGER', '{"a":', 'Parser terminated before end of string'],
      ['a list', 'a:INTEGER', '[1]', 'Start of array encountered without start of object.'],
      [
        'a number alone',
        'a:INTEGER',
        '12345678901234567890',
        'Value encountered without start of object.',
      ],
      ['a field that is not in the schema', 'a:INTEGER', '{"b":1}', 'No such field: b.'],
      [
        'text for a number',
        'a:INTEGER',
        '{"a":"x"}',
        `Could not convert value 'string_value: "x"' to integer. Field: a; Value: x`,
      ],
      [
        'a fraction for an integer',
        'a:INTEGER',
        '{"a":1.5}',
        "Could not convert value 'number_value: 1.5' to integer. Field: a; Value: 1.5",
      ],
      [
        'an integer beyond 64 bits',
        'a:INTEGER',
        '{"a":9223372036854775808}',
        `Could not convert value 'string_value: "9223372036854775808"' to integer. Field: a; Value: 9223372036854775808`,
      ],
      [
        'a number beyond a double',
        'a:FLOAT',
        '{"a":1e400}',
        "Could not convert value 'number_value: Infinity' to double. Field: a; Value: Infinity",
      ],
      [
        'a number for text',
        'a:STRING',
        '{"a":3}',
        "Could not convert value 'number_value: 3' to string. Field: a; Value: 3",
      ],
      [
        'a time that is none',
        'a:TIMESTAMP',
        '{"a":"AA"}',
        "Couldn't convert value to timestamp: Could not parse 'AA' as a timestamp. Required format is YYYY-MM-DD HH:MM[:SS[.SSSSSS]] or YYYY/MM/DD HH:MM[:SS[.SSSSSS]] Field: a; Value: AA",
      ],
      [
        'a decimal that would have to be rounded',
        'a:NUMERIC',
        '{"a":0.1234567891}',
        'Invalid NUMERIC value: 0.1234567891 Field: a; Value: 0.1234567891',
      ],
      [
        'NULL for a required field',
        'a:INTEGER:REQUIRED',
        '{"a":null}',
        'Only optional fields can be set to NULL. Field: a; Value: NULL',
      ],
      [
        'a missing required field',
        'a:INTEGER:REQUIRED',
        '{}',
        'Missing required field: Msg_0_CLOUD_QUERY_TABLE.a.',
      ],
      [
        'a list for one value',
        'a:INTEGER',
        '{"a":[1]}',
        'Array specified for non-repeated field: a.',
      ],
      ['a record for one value', 'a:INTEGER', '{"a":{"b":1}}', 'This field: a is not a record.'],
      [
        'one value for a list',
        'a:INTEGER:REPEATED',
        '{"a":1}',
        'Repeated field must be imported as a JSON array. Field: a.',
      ],
      [
        'NULL within a list',
        'a:INTEGER:REPEATED',
        '{"a":[1,null]}',
        'Only optional fields can be set to NULL. Field: a; Value: NULL',
      ],
    ];

    for (const [what, given, line, problem] of BAD) {
      it(`says what is wrong with ${what}, and where`, async () => {
        const text = `{"a":${given.includes('REPEATED') ? '[]' : given.includes('STRING') ? '"1"' : given.includes('TIMESTAMP') ? '"2026-01-01 00:00"' : '1'}}\n${line}\n`;
        const position = text.indexOf('\n') + 1;
        assert.deepEqual(await details(run(text, json(given))), [
          `line 2: JSON parsing error in row starting at position ${position}: ${problem}`,
        ]);
      });
    }

    it('names nested fields by their paths', async () => {
      const fields = [{ name: 'r', type: 'RECORD', fields: [{ name: 'x', type: 'INTEGER' }] }];
      const [detail] = await details(
        run('{"r":{"y":1}}', { ...json('a:STRING'), schema: { fields } }),
      );
      assert.match(detail!, /No such field: r\.y\.$/);
    });

    it('lets bad rows pass as far as allowed, and tells of each', async () => {
      const text = '{"a":1}\n{"a":"x"}\n{"a":\n{"a":4}\n';
      const loaded = await run(text, json('a:INTEGER', { maxBadRecords: 2 }));
      assert.deepEqual(await rowsOf(loaded), [[1n], [4n]]);
      assert.deepEqual([loaded.outputRows, loaded.badRecords], [2, 2]);
      assert.deepEqual(
        loaded.warnings.map(({ debugInfo }) => debugInfo),
        ['line 2', 'line 3'],
      );
      const error = await failure(run(text, json('a:INTEGER', { maxBadRecords: 1 })));
      assert.equal(
        error.message,
        'Error while reading data, error message: JSON processing encountered too many errors, giving up. Rows: 3; errors: 2; max bad: 1; error percent: 0',
      );
    });

    it('ignores unknown fields when told to', async () => {
      const loaded = await run('{"a":1,"b":2}', json('a:INTEGER', { ignoreUnknownValues: true }));
      assert.deepEqual(await rowsOf(loaded), [[1n]]);
    });

    it('takes every form of a boolean, a date and a time', async () => {
      const text = [
        '{"b":"Yes","d":"2026-1-2","t":"1:02:03.5","dt":"2026-01-02 03:04:05"}',
        '{"b":0,"d":null,"t":null,"dt":"2026-01-02T03:04:05.000001"}',
      ].join('\n');
      const loaded = await run(text, json('b:BOOLEAN,d:DATE,t:TIME,dt:DATETIME'));
      assert.deepEqual(await rowsOf(loaded), [
        [true, '2026-01-02', '01:02:03.5', '2026-01-02 03:04:05'],
        [false, null, null, '2026-01-02 03:04:05.000001'],
      ]);
    });

    it('reads bytes in base64 and refuses what is none', async () => {
      const loaded = await run('{"a":"AP8="}', json('a:BYTES'));
      assert.deepEqual(await rowsOf(loaded), [['\\x00\\xFF']]);
      assert.match((await details(run('{"a":"?"}', json('a:BYTES'))))[0]!, /to bytes\. Field: a/);
    });

    it('detects the schema, looking into texts, lists and records', async () => {
      const text = [
        '{"id":"12","f":1,"s":"x","b":true,"d":"2026-01-02","ts":"2026-01-02 03:04:05","n":null}',
        '{"id":"34","f":1.5,"s":"3","l":[1],"r":{"x":1},"big":12345678901234567890}',
        '{"r":{"y":"z"},"l":[]}',
      ].join('\n');
      const loaded = await run(text, { sourceFormat: 'NEWLINE_DELIMITED_JSON', autodetect: true });
      assert.equal(
        shortSchema(loaded.staged.fields),
        'id:INTEGER,f:FLOAT,s:STRING,b:BOOLEAN,d:DATE,ts:TIMESTAMP,n:STRING,l:INTEGER:REPEATED,r:RECORD,big:FLOAT',
      );
      assert.equal(loaded.outputRows, 3);
    });

    it('guesses nothing of a column that the table has already', async () => {
      const existing: Field[] = [{ name: 'id', type: { kind: 'STRING' } }];
      const configuration = { sourceFormat: 'NEWLINE_DELIMITED_JSON', autodetect: true };
      const loaded = await run('{"id":"12","x":1}', configuration, existing);
      assert.equal(shortSchema(loaded.staged.fields), 'id:STRING,x:INTEGER');
    });
  });

  describe('of CSV', () => {
    it('reads quoted cells, doubled quotes, empty cells and any line end', async () => {
      const text = 'a,"b ""c"", d",1\r\n"",,\n';
      const loaded = await run(text, csv('x:STRING,y:STRING,z:INTEGER'));
      assert.deepEqual(await rowsOf(loaded), [
        ['a', 'b "c", d', 1n],
        ['', null, null],
      ]);
    });

    it('skips leading rows and splits at the delimiter given', async () => {
      const loaded = await run(
        'x\ty\n1\t2\n',
        csv('x:INTEGER,y:INTEGER', { skipLeadingRows: '1', fieldDelimiter: '\\t' }),
      );
      assert.deepEqual(await rowsOf(loaded), [[1n, 2n]]);
    });

    it('takes quoted new lines only when told to', async () => {
      const text = 'a,"one\r\ntwo, ""three"""\nb,c\n';
      const given = 'x:STRING,y:STRING';
      const loaded = await run(text, csv(given, { allowQuotedNewlines: true }));
      assert.deepEqual(await rowsOf(loaded), [
        ['a', 'one\r\ntwo, "three"'],
        ['b', 'c'],
      ]);
      const [first] = await details(run(text, csv(given)));
      assert.match(
        first!,
        /^line 1: .*position: 0\. Error: Missing close quote character \("\)\.$/,
      );
      const [last] = await details(
        run('a,"never closed\nb,c', csv(given, { allowQuotedNewlines: true })),
      );
      assert.match(last!, /^line 1: .*Missing close quote character/);
    });

    it('fills short rows only when told to', async () => {
      const given = 'x:STRING,y:STRING,z:INTEGER';
      const loaded = await run('a\n', csv(given, { allowJaggedRows: true }));
      assert.deepEqual(await rowsOf(loaded), [['a', null, null]]);
      assert.deepEqual(await details(run('a,b,1\na,b\n', csv(given))), [
        'line 2: CSV table references column position 2, but line starting at position:6 contains only 2 columns.',
      ]);
    });

    it('drops surplus cells only when told to', async () => {
      const loaded = await run('1,2\n', csv('x:INTEGER', { ignoreUnknownValues: true }));
      assert.deepEqual(await rowsOf(loaded), [[1n]]);
      assert.deepEqual(await details(run('1,2\n', csv('x:INTEGER'))), [
        'line 1: Too many values in row starting at position: 0. Found 2 column(s) while expected 1.',
      ]);
    });

    it('reads the NULL marker, after which empty text is text', async () => {
      const loaded = await run('\\N,""\n,\\N\n', csv('x:STRING,y:STRING', { nullMarker: '\\N' }));
      assert.deepEqual(await rowsOf(loaded), [
        [null, ''],
        ['', null],
      ]);
      const many = await run('NA,-\n', csv('x:INTEGER,y:STRING', { nullMarkers: ['NA', '-'] }));
      assert.deepEqual(await rowsOf(many), [[null, null]]);
      const error = await failure(
        run('', csv('x:STRING', { nullMarker: 'a', nullMarkers: ['b'] })),
      );
      assert.match(error.message, /cannot be set at the same time/);
    });

    it('says what is wrong with a cell, and where', async () => {
      assert.deepEqual(await details(run('1,2\n3,x\n', csv('a:INTEGER,b:INTEGER'))), [
        "line 2: Could not parse 'x' as INT64 for field b (position 1) starting at location 4  with message 'Unable to parse'",
      ]);
      assert.deepEqual(await details(run('1,"2"x\n', csv('a:INTEGER,b:STRING'))), [
        'line 1: Error detected while parsing row starting at position: 0. Error: Data between close quote character (") and field separator.',
      ]);
      assert.deepEqual(await details(run('1,\n', csv('a:INTEGER,b:STRING:REQUIRED'))), [
        'line 1: Required column value for column index: 1 is missing in row starting at position: 0',
      ]);
      assert.deepEqual(await details(run('a\0b\n', csv('a:STRING'))), [
        'line 1: Bad character (ASCII 0) encountered.',
      ]);
      const kept = await run('a\0b\n', csv('a:STRING', { preserveAsciiControlCharacters: true }));
      assert.deepEqual(await rowsOf(kept), [['a\0b']]);
    });

    it('names the file of a bad row', async () => {
      const store = objects({ 'b/x.csv': 'x\n' });
      const error = await failure(run({ uris: ['gs://b/x.csv'], store }, csv('a:INTEGER')));
      assert.ok(error instanceof LoadFailure);
      const { location, message } = error.details[0]!;
      assert.equal(location, 'gs://b/x.csv');
      assert.match(message, / File: gs:\/\/b\/x\.csv$/);
    });

    it('refuses nested columns and delimiters of more than one character', async () => {
      const nested = { fields: [{ name: 'l', type: 'INTEGER', mode: 'REPEATED' }] };
      assert.match(
        (await failure(run('1', { ...csv('a:STRING'), schema: nested }))).message,
        /Field: l$/,
      );
      const error = await failure(run('1', csv('a:STRING', { fieldDelimiter: '||' })));
      assert.equal(error.status, 501);
    });

    it('detects delimiter, header and types', async () => {
      const text = 'na me|42nd|When|Na Me|flag\nx|1|2026-01-02 03:04|2.5|true\n"y\nz"|2||3|no\n';
      const loaded = await run(text, { autodetect: true });
      assert.equal(
        shortSchema(loaded.staged.fields),
        'na_me:STRING,_42nd:INTEGER,When:TIMESTAMP,Na_Me_1:FLOAT,flag:BOOLEAN',
      );
      assert.deepEqual((await rowsOf(loaded))[1], ['y\nz', 2n, null, 3, false]);
    });

    it('takes the first row for data where nothing tells it from the others', async () => {
      const loaded = await run('a,b\nc,d\n', { autodetect: true });
      assert.equal(
        shortSchema(loaded.staged.fields),
        'string_field_0:STRING,string_field_1:STRING',
      );
      assert.equal(loaded.outputRows, 2);
      const numbers = await run('1,2.5\n', { autodetect: true });
      assert.equal(
        shortSchema(numbers.staged.fields),
        'int64_field_0:INTEGER,double_field_1:FLOAT',
      );
      const named = await run('title\na,b\nc,d\n', { autodetect: true, skipLeadingRows: 2 });
      assert.equal(shortSchema(named.staged.fields), 'a:STRING,b:STRING');
      assert.equal(named.outputRows, 1);
    });
  });

  describe('of Parquet', () => {
    const parquet = async (query: string): Promise<Uint8Array> => {
      const { mkdtemp, readFile, rm } = await import('node:fs/promises');
      const folder = await mkdtemp('/tmp/parquet-');
      await session.run(`COPY (${query}) TO '${folder}/x' (FORMAT parquet)`);
      const bytes = await readFile(`${folder}/x`);
      await rm(folder, { recursive: true });
      return bytes;
    };

    const PARQUET = { sourceFormat: 'PARQUET', parquetOptions: { enableListInference: true } };

    it('brings its schema along', async () => {
      const bytes = await parquet(
        "SELECT 1::INT i, 1.5::FLOAT f, 'x' s, DATE '2026-01-02' d, TIMESTAMP '2026-01-02 03:04:05' t, [1, 2] l, {x: 1} r, 1.25::DECIMAL(10, 2) n, 'b'::BLOB y, true b, TIME '01:02:03' c",
      );
      const loaded = await run(bytes, PARQUET);
      assert.equal(
        shortSchema(loaded.staged.fields),
        'i:INTEGER,f:FLOAT,s:STRING,d:DATE,t:TIMESTAMP,l:INTEGER:REPEATED,r:RECORD,n:NUMERIC,y:BYTES,b:BOOLEAN,c:TIME',
      );
      assert.deepEqual(await rowsOf(loaded), [
        [
          1n,
          1.5,
          'x',
          '2026-01-02',
          '2026-01-02 03:04:05+00',
          '[1, 2]',
          "{'x': 1}",
          '1.250000000',
          'b',
          true,
          '01:02:03',
        ],
      ]);
    });

    it('matches columns by name', async () => {
      const bytes = await parquet('SELECT 2 AS b, 1 AS A');
      const loaded = await run(bytes, {
        ...PARQUET,
        schema: schema('a:INTEGER,b:INTEGER,c:STRING'),
      });
      assert.deepEqual(await rowsOf(loaded), [[1n, 2n, null]]);
    });

    it('refuses a column of another type, a type without a counterpart, and what is no Parquet', async () => {
      const number = await parquet('SELECT 1 AS a');
      const other = await failure(run(number, { ...PARQUET, schema: schema('a:STRING') }));
      assert.match(
        other.message,
        /Parquet column 'a' has type INT64 which does not match the target type STRING\.$/,
      );
      const map = await failure(run(await parquet('SELECT MAP([1], [2]) AS m'), PARQUET));
      assert.deepEqual(
        [map.status, /MAP\(INTEGER, INTEGER\) \(column m\)/.test(map.message)],
        [501, true],
      );
      const list = await failure(
        run(await parquet('SELECT [1] AS l'), { sourceFormat: 'PARQUET' }),
      );
      assert.match(list.message, /enableListInference/);
      const none = await failure(run('no parquet at all', PARQUET));
      assert.equal(none.status, 400);
      const huge = await failure(
        run(await parquet('SELECT 18446744073709551615::UBIGINT AS a'), PARQUET),
      );
      assert.match(huge.message, /out of range/);
    });
  });

  describe('from Cloud Storage', () => {
    const store = objects({
      'b/in/1.json': '{"a":1}\n',
      'b/in/sub/2.json': '{"a":2}\n',
      'b/in/3.txt': 'no JSON',
      'b/zip.json': gzipSync('{"a":3}\n'),
    });
    const from = (...uris: string[]) => run({ uris, store }, json('a:INTEGER'));

    it('expands one star, across slashes, and unpacks what is compressed', async () => {
      const loaded = await from('gs://b/in/*.json', 'gs://b/zip.json');
      assert.deepEqual(await rowsOf(loaded), [[1n], [2n], [3n]]);
      assert.equal(loaded.inputFiles, 3);
    });

    it('says which URI names nothing, is none, or has two stars', async () => {
      for (const uri of ['gs://b/none.json', 'gs://none/x', 'gs://b/none*', 'gs://none/*']) {
        const error = await failure(from(uri));
        assert.deepEqual([error.status, error.message], [404, `Not found: URI ${uri}`]);
      }
      assert.equal((await failure(from('b/in/1.json'))).status, 400);
      assert.match((await failure(from('gs://b/*/*.json'))).message, /only appear once/);
    });
  });

  it('reads other encodings, and says which it does not', async () => {
    const latin = Buffer.from('{"a":"é"}', 'latin1');
    assert.deepEqual(await rowsOf(await run(latin, json('a:STRING', { encoding: 'ISO-8859-1' }))), [
      ['é'],
    ]);
    const wide = Buffer.from('{"a":"é"}', 'utf16le');
    assert.deepEqual(await rowsOf(await run(wide, json('a:STRING', { encoding: 'UTF-16LE' }))), [
      ['é'],
    ]);
    const marked = Buffer.from('\ufeff{"a":"é"}');
    assert.deepEqual(await rowsOf(await run(marked, json('a:STRING,b:JSON'))), [['é', null]]);
    assert.equal((await failure(run('', json('a:STRING', { encoding: 'UTF-32BE' })))).status, 501);
  });

  it('says that compressed bytes are cut short', async () => {
    const cut = gzipSync('{"a":1}\n').subarray(0, 12);
    assert.match((await failure(run(cut, json('a:INTEGER')))).message, /Bad gzip data/);
  });

  it('needs a schema, its own or the table’s', async () => {
    const error = await failure(run('1\n', { sourceFormat: 'CSV' }));
    assert.equal(error.message, 'No schema specified on job or table.');
    const loaded = await run('1\n', { sourceFormat: 'CSV' }, [
      { name: 'a', type: { kind: 'INT64' } },
    ]);
    assert.deepEqual(await rowsOf(loaded), [[1n]]);
  });

  it('refuses by name what it does not support', async () => {
    for (const [configuration, what] of [
      [{ sourceFormat: 'AVRO' }, /AVRO/],
      [{ hivePartitioningOptions: { mode: 'AUTO' } }, /hivePartitioningOptions/],
      [{ parquetOptions: { enumAsString: true } }, /parquetOptions\.enumAsString/],
    ] as const) {
      assert.throws(
        () => parseLoad(configuration),
        (error: ApiError) => {
          assert.equal(error.status, 501);
          assert.match(error.message, what);
          return true;
        },
      );
    }
    assert.throws(() => parseLoad({ sourceFormat: 'XLS' }), /Invalid value for sourceFormat: XLS/);
    assert.throws(() => parseLoad({ maxBadRecords: -1 }), /maxBadRecords: -1 is not a count/);
  });

  it('stops when told to, and leaves nothing staged', async () => {
    const abort = new AbortController();
    const endless = async function* () {
      for (let i = 0; ; i++) {
        if (i === 3) abort.abort();
        yield Buffer.from('{"a":1}\n'.repeat(1000));
      }
    };
    await assert.rejects(run({ bytes: endless() }, json('a:INTEGER'), undefined, abort.signal), {
      name: 'AbortError',
    });
    const bad = `${'{"a":1}\n'.repeat(5000)}{"a":`;
    const before = await session.rows('SELECT count(*) FROM duckdb_tables()');
    await failure(run(bad, json('a:INTEGER')));
    assert.deepEqual(await session.rows('SELECT count(*) FROM duckdb_tables()'), before);
  });
});
