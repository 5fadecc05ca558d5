import assert from 'node:assert/strict';
import {
  encodeInput,
  type InputEncoding,
  readExportMetadata,
  type UnknownCategory,
  widthOf,
} from '../../../shared/bridge/encoding.ts';

const encoded = (input: InputEncoding, value: unknown): number[] => {
  const row = new Float64Array(widthOf(input)).fill(99);
  assert.equal(encodeInput(input, value, row, 0), row.length);
  return [...row];
};

const categories = ['_null_filler', 'a', 'b'];
const categorical = <Kind extends 'label' | 'one_hot' | 'array_one_hot'>(
  kind: Kind,
  unknown: UnknownCategory,
) => ({ kind, name: 'x', categories, unknown }) as const;

const targets = { a: [0.25, 0], b: [0.5, 0.75] };

describe("BigQuery ML's encodings", () => {
  it('pass numbers on, and put the training mean for NULL where it is known', () => {
    const known = { kind: 'number', name: 'x', nullValue: 2.5 } as const;
    assert.deepEqual(encoded(known, 7), [7]);
    assert.deepEqual(encoded(known, true), [1]);
    assert.deepEqual(encoded(known, null), [2.5]);
    assert.deepEqual(encoded({ ...known, nullValue: null }, undefined), [NaN]);
    assert.deepEqual(encoded(known, NaN), [NaN]);
  });

  it('number a category by its place, and treat NULL and unseen ones as chosen', () => {
    for (const [unknown, place] of [
      ['missing', NaN],
      ['null_filler', 0],
    ] as const) {
      const input = categorical('label', unknown);
      assert.deepEqual(encoded(input, 'b'), [2]);
      assert.deepEqual(encoded(input, null), [place]);
      assert.deepEqual(encoded(input, 'zebra'), [place]);
    }
  });

  it('mark a category, or each of an array, and leave the others missing', () => {
    assert.deepEqual(encoded(categorical('one_hot', 'missing'), 'a'), [NaN, 1, NaN]);
    assert.deepEqual(encoded(categorical('one_hot', 'missing'), 'z'), [NaN, NaN, NaN]);
    assert.deepEqual(encoded(categorical('one_hot', 'null_filler'), null), [1, NaN, NaN]);
    const many = categorical('array_one_hot', 'missing');
    assert.deepEqual(encoded(many, ['b', 'a', 'a', 'z']), [NaN, 1, 1]);
    assert.deepEqual(encoded(many, []), [NaN, NaN, NaN]);
    assert.deepEqual(encoded(many, null), [NaN, NaN, NaN]);
    assert.deepEqual(encoded(categorical('array_one_hot', 'null_filler'), ['z']), [1, NaN, NaN]);
  });

  it('give target means; of an array their mean; and 0 of several classes is missing', () => {
    const one = { kind: 'target', name: 'x', width: 2, targets } as const;
    assert.deepEqual(encoded(one, 'b'), [0.5, 0.75]);
    assert.deepEqual(encoded(one, 'a'), [0.25, NaN]);
    assert.deepEqual(encoded(one, 'z'), [NaN, NaN]);
    assert.deepEqual(encoded(one, 'constructor'), [NaN, NaN]);
    assert.deepEqual(encoded({ ...one, width: 1, targets: { a: [0] } }, 'a'), [0]);
    const many = { ...one, kind: 'array_target' } as const;
    assert.deepEqual(encoded(many, ['a', 'b']), [0.375, 0.375]);
    assert.deepEqual(encoded(many, ['b', 'z']), [0.25, 0.375]);
  });

  it('spread sparse vectors, and take dense ones of the right length only', () => {
    const sparse = { kind: 'array_struct', name: 'x', width: 3 } as const;
    const pairs = [
      [2, 0.5],
      [0, -1],
    ];
    assert.deepEqual(encoded(sparse, pairs), [-1, NaN, 0.5]);
    assert.deepEqual(encoded(sparse, null), [NaN, NaN, NaN]);
    assert.throws(() => encoded(sparse, [[3, 1]]), /x has the index 3; it has 3 places/);
    const dense = { kind: 'array_numerical', name: 'x', width: 2 } as const;
    assert.deepEqual(encoded(dense, [1, 2]), [1, 2]);
    assert.throws(() => encoded(dense, [1]), /x has 1 numbers; it needs 2/);
  });

  it('write from a place on, and answer the place behind', () => {
    const row = new Float32Array(5);
    assert.equal(encodeInput(categorical('one_hot', 'missing'), 'b', row, 1), 4);
    assert.deepEqual([...row], [0, NaN, NaN, 1, 0]);
  });
});

/** The assets of an export of one feature `x`. */
function assets(
  feature: Record<string, unknown>,
  files: Record<string, string> = {},
): Map<string, string> {
  const metadata = {
    model_type: 'boosted_tree_classifier',
    label_col: 'bad',
    class_names: ['1', '0'],
    feature_names: ['x'],
    features: { x: feature },
  };
  return new Map([['model_metadata.json', JSON.stringify(metadata)], ...Object.entries(files)]);
}

const inputOf = (feature: Record<string, unknown>, files: Record<string, string> = {}) =>
  readExportMetadata(assets(feature, files), 'missing').inputs[0];

describe("an export's metadata", () => {
  const vocabulary = '_null_filler\na\nb\n';

  it('names the label, its classes by group, and the inputs in order', () => {
    const { modelType, labelColumn, classNames } = readExportMetadata(assets({}), 'missing');
    assert.deepEqual(
      [modelType, labelColumn, classNames],
      ['boosted_tree_classifier', 'bad', ['1', '0']],
    );
  });

  it('knows each encoding by its new and its legacy name', () => {
    assert.deepEqual(inputOf({ mean: 3 }), { kind: 'number', name: 'x', nullValue: 3 });
    assert.deepEqual(inputOf({ encode_type: 'numerical_identity' }), {
      kind: 'number',
      name: 'x',
      nullValue: null,
    });
    for (const [type, file, kind] of [
      ['categorical_label', '0_categorical_label.txt', 'label'],
      ['ohe', '0.txt', 'label'],
      ['categorical_one_hot', '0_categorical_one_hot.txt', 'one_hot'],
      ['array_one_hot', '0_array_one_hot.txt', 'array_one_hot'],
      ['mhe', '0_array.txt', 'array_one_hot'],
    ] as const) {
      const expected = { kind, name: 'x', categories, unknown: 'missing' };
      assert.deepEqual(inputOf({ encode_type: type }, { [file]: vocabulary }), expected);
    }
    for (const kind of ['target', 'array_target']) {
      const type = kind === 'target' ? 'categorical_target' : 'array_target';
      const read = inputOf({ encode_type: type }, { [`0_${type}.txt`]: 'a,0.25,0\nb,0.5,0.75\n' });
      assert.deepEqual(read, { kind, name: 'x', width: 2, targets });
    }
    for (const [type, file] of [
      ['array_struct', '0_array_struct_dimension.txt'],
      ['array_numerical', '0_array_numerical_length.txt'],
    ] as const) {
      assert.deepEqual(inputOf({ encode_type: type }, { [file]: '4\n' }), {
        kind: type,
        name: 'x',
        width: 4,
      });
    }
  });

  it('goes by the encoding, not by the files that lie about', () => {
    const stale = { '0_array_one_hot.txt': 'stale\n', '0_categorical_label.txt': vocabulary };
    const read = inputOf({ encode_type: 'categorical_label' }, stale);
    assert.deepEqual(read, { kind: 'label', name: 'x', categories, unknown: 'missing' });
  });

  for (const [what, read, message] of [
    ['no metadata', () => readExportMetadata(new Map(), 'missing'), /lacks assets\/model_metadata/],
    [
      'metadata that is no JSON',
      () => readExportMetadata(new Map([['model_metadata.json', '{']]), 'missing'),
      /is not JSON/,
    ],
    [
      'metadata without a label',
      () => readExportMetadata(new Map([['model_metadata.json', '{}']]), 'missing'),
      /must name model_type, label_col/,
    ],
    ['an unknown encoding', () => inputOf({ encode_type: 'hash' }), /"x" is encoded as "hash"/],
    [
      'a missing vocabulary',
      () => inputOf({ encode_type: 'categorical_label' }),
      /lacks assets\/0_categorical_label\.txt, the vocabulary of "x"/,
    ],
    [
      'an unreadable target',
      () => inputOf({ encode_type: 'array_target' }, { '0_array_target.txt': 'a,x\n' }),
      /target table of "x" has the unreadable line "a,x"/,
    ],
    [
      'a length that is none',
      () => inputOf({ encode_type: 'array_struct' }, { '0_array_struct_dimension.txt': '-3' }),
      /length of "x" is "-3"/,
    ],
  ] as const) {
    it(`is refused by name for ${what}`, () => {
      assert.throws(read, { name: 'ModelFormatError', message });
    });
  }
});
