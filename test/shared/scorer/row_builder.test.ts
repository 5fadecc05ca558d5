import assert from 'node:assert/strict';
import type { InputEncoding } from '../../../shared/bridge/encoding.ts';
import { compileFeatures } from '../../../shared/features/compile.ts';
import { RowError } from '../../../shared/features/errors.ts';
import { createRowBuilder } from '../../../shared/scorer/row_builder.ts';
import { fillSlots, slotsFor } from '../features/slotted.ts';

const PROGRAM = compileFeatures('SELECT amount * 2 AS twice, band, term FROM input', [
  { name: 'amount', type: 'FLOAT64', nullable: true, minimum: 0, maximum: 100 },
  { name: 'band', type: 'STRING', nullable: true, maxLength: 10 },
  { name: 'term', type: 'INT64', nullable: false, minimum: 0, maximum: 60 },
]);
const CATEGORIES = ['_null_filler', 'low', 'high'];

const inputs = (unknown: 'missing' | 'null_filler'): InputEncoding[] => [
  { kind: 'number', name: 'term', nullValue: null },
  { kind: 'one_hot', name: 'band', categories: CATEGORIES, unknown },
  { kind: 'number', name: 'twice', nullValue: 7 },
];

const rowOf = (application: object, unknown: 'missing' | 'null_filler' = 'missing') => [
  ...createRowBuilder(PROGRAM, inputs(unknown)).build({ ...application }).row,
];

describe('the row of an application', () => {
  it('has the numbers in the order of the model’s inputs, not of the features', () => {
    assert.deepEqual(rowOf({ amount: 3, band: 'high', term: 12 }), [12, NaN, NaN, 1, 6]);
  });

  it('has the training mean for a NULL where the model has one', () => {
    assert.deepEqual(rowOf({ amount: null, band: 'low', term: 1 }), [1, NaN, 1, NaN, 7]);
  });

  it('has what parity found out for a category that was never seen, and for NULL', () => {
    for (const band of ['other', null]) {
      const application = { amount: 0, band, term: 1 };
      assert.deepEqual(rowOf(application, 'missing'), [1, NaN, NaN, NaN, 0]);
      assert.deepEqual(rowOf(application, 'null_filler'), [1, 1, NaN, NaN, 0]);
    }
  });

  it('goes with the features by name, as they are recorded', () => {
    const { features } = createRowBuilder(PROGRAM, inputs('missing')).build({ band: 'x', term: 2 });
    assert.deepEqual(features, { twice: null, band: 'x', term: 2 });
  });

  it('is the same among others, whatever the kinds of its inputs', () => {
    const [term, , twice] = inputs('missing') as [InputEncoding, InputEncoding, InputEncoding];
    const numbersAlone = [term, twice, { ...twice, nullValue: null }];
    for (const kinds of [inputs('missing'), inputs('null_filler'), numbersAlone]) {
      const { build, fill, width } = createRowBuilder(PROGRAM, kinds);
      for (const amount of [3, null, 0]) {
        const application = { amount, band: 'high', term: 12 };
        const rows = new Float64Array(width + 3).fill(-1);
        fill(application, rows, 2);
        assert.deepEqual([...rows], [-1, -1, ...build(application).row, -1]);
      }
    }
  });

  it('is the same of slots, where all of it are numbers', () => {
    const [term, , twice] = inputs('missing') as [InputEncoding, InputEncoding, InputEncoding];
    const builder = createRowBuilder(PROGRAM, [twice, term]);
    const slots = slotsFor(PROGRAM.inputs);
    const fill = builder.ofSlots(slots)!;
    for (const amount of [3, null, 0]) {
      const application = { amount, band: 'high', term: 12 };
      const [rows, expected] = [new Float64Array(5).fill(-1), new Float64Array(5).fill(-1)];
      fillSlots(slots, application);
      assert.equal(fill(rows, 2), true);
      builder.fill(application, expected, 2);
      assert.deepEqual(rows, expected);
    }
    fillSlots(slots, { amount: 3, band: 'high', term: 61 });
    const untouched = new Float64Array(5).fill(-1);
    assert.equal(fill(untouched, 2), false);
    assert.deepEqual([...untouched], [-1, -1, -1, -1, -1]);
    assert.equal(createRowBuilder(PROGRAM, inputs('missing')).ofSlots(slots), undefined);
  });

  it('is summed by the feature that its numbers came from', () => {
    const { byFeature, width } = createRowBuilder(PROGRAM, inputs('missing'));
    assert.equal(width, 5);
    assert.deepEqual(byFeature(Float64Array.of(1, 10, 20, 30, 100)), {
      term: 1,
      band: 60,
      twice: 100,
    });
  });

  it('is none where a field is outside its domain, which is named', () => {
    assert.throws(
      () => rowOf({ amount: 101, band: 'low', term: 1 }),
      (error) => error instanceof RowError && error.field === 'amount',
    );
  });
});
