import assert from 'node:assert/strict';
import { agreedReading } from '../../../functions/retrain/agreed.ts';
import type { InputEncoding } from '../../../shared/bridge/encoding.ts';

const amount = (nullValue: number | null): InputEncoding => ({
  kind: 'number',
  name: 'amount',
  nullValue,
});
const employer = (...categories: string[]): InputEncoding => ({
  kind: 'label',
  name: 'employer',
  categories,
  unknown: 'missing',
});
const member = (name: string, inputs: InputEncoding[], classNames = ['1', '0']) => ({
  name,
  classNames,
  inputs,
});
const main = member('main', [amount(100), employer('mill', 'mine')]);

describe('members of a blend', () => {
  it('read as the first does, but for the last digits of a mean', () => {
    const near = member('forest', [amount(100 + 1e-8), employer('mill', 'mine')]);
    assert.equal(agreedReading([main, near]), main);
    assert.equal(agreedReading([main]), main);
  });

  for (const [what, other, message] of [
    [
      'another mean',
      member('forest', [amount(101), employer('mill', 'mine')]),
      /^main and forest read features differently: amount\.$/,
    ],
    [
      'no mean',
      member('forest', [amount(null), employer('mill', 'mine')]),
      /differently: amount\.$/,
    ],
    [
      'another vocabulary',
      member('forest', [amount(100), employer('mine', 'mill')]),
      /differently: employer\.$/,
    ],
    [
      'another order of features',
      member('forest', [employer('mill', 'mine'), amount(100)]),
      /differently: amount, employer\.$/,
    ],
    ['fewer features', member('forest', [amount(100)]), /differently: employer\.$/],
    [
      'labels the other way round',
      member('forest', [...main.inputs], ['0', '1']),
      /^main and forest name their labels in different orders\.$/,
    ],
  ] as const) {
    it(`are refused by name: ${what}`, () => {
      assert.throws(() => agreedReading([main, other]), { name: 'ModelFormatError', message });
    });
  }
});
