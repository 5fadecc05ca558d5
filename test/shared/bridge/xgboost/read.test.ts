import assert from 'node:assert/strict';
import fc from 'fast-check';
import { marginsOf } from '../../../../shared/bridge/evaluate.ts';
import { readXgboost, xgboostFormat } from '../../../../shared/bridge/xgboost/read.ts';
import { parseUbjson } from '../../../../shared/bridge/xgboost/ubjson.ts';
import { writeLegacyBinary } from '../../../cloud/bqml/export/legacy_binary.ts';
import { type ModelDocument, modelDocument, writeJson, writeUbjson } from './documents.ts';

const changed = (change: (document: ModelDocument) => void): ModelDocument => {
  const document = modelDocument();
  change(document);
  return document;
};

const both = (document: unknown) =>
  [writeJson, writeUbjson].map((write) => readXgboost(write(document)));

describe('a model document', () => {
  it('reads the same from JSON and UBJSON, told apart by their bytes', () => {
    const [json, ubjson] = both(modelDocument());
    assert.equal(xgboostFormat(writeJson(modelDocument())), 'JSON');
    assert.equal(xgboostFormat(writeUbjson(modelDocument())), 'UBJSON');
    assert.deepEqual(ubjson, json);
    assert.deepEqual(json!.version, [1, 7]);
    assert.deepEqual(json!.attributes, new Map([['best_iteration', '1']]));
    assert.deepEqual([...marginsOf(json!, Float32Array.of(0, 0.5))], [1.5]);
    assert.deepEqual([...marginsOf(json!, Float32Array.of(0, NaN))], [-0.5]);
  });

  it('takes base scores as text, as a vector of one, and as one a group', () => {
    for (const [text, expected] of [
      ['2.5E-1', [-Math.log(3)]],
      ['[2.5E-1]', [-Math.log(3)]],
    ] as const) {
      const [json] = both(changed((d) => (d.learner.learner_model_param.base_score = text)));
      assert.deepEqual([...json!.baseMargins], expected.map(Math.fround));
    }
    const [classes] = both(
      changed((d) => {
        d.learner.objective.name = 'multi:softprob';
        d.learner.learner_model_param.num_class = '3';
        d.learner.learner_model_param.base_score = '[-1E0,2.5E-1,0E0]';
        d.version = [3, 1, 0];
      }),
    );
    assert.deepEqual([...classes!.baseMargins], [-1, 0.25, 0]);
  });

  it('multiplies the weights of dart into the leaves, wherever they are kept', () => {
    const { model } = modelDocument().learner.gradient_booster as { model: object };
    for (const booster of [
      { name: 'dart', gbtree: { name: 'gbtree', model }, weight_drop: [0.5, 2] },
      { name: 'gbtree', model: { ...model, weight_drop: [0.5, 2] } },
    ]) {
      for (const read of both(changed((d) => (d.learner.gradient_booster = booster)))) {
        assert.deepEqual(
          read.trees.map(({ value }) => [...value]),
          [
            [0, -0.125, 0.375],
            [0, -0.5, 1.5],
          ],
        );
      }
    }
  });

  it('takes the bare words of XGBoost’s JSON, but not in texts', () => {
    const text = new TextDecoder()
      .decode(writeJson(changed((d) => (d.learner.attributes = { note: 'a "NaN" of Infinity' }))))
      .replaceAll('"loss_changes":[3.5,0,0]', '"loss_changes":[NaN,Infinity,-Infinity]')
      .replaceAll('"sum_hessian":[10,', '"sum_hessian":[Infinity,');
    const { trees, attributes } = readXgboost(new TextEncoder().encode(text));
    assert.deepEqual([...trees[1]!.gain], [Number.NaN, Infinity, -Infinity]);
    assert.equal(trees[0]!.cover[0], Infinity);
    assert.equal(attributes.get('note'), 'a "NaN" of Infinity');
  });

  it('refuses by name what such a word makes of a model', () => {
    const refuses = (from: string, to: string, message: RegExp) => {
      const text = new TextDecoder().decode(writeJson(modelDocument()));
      assert.ok(text.includes(from));
      assert.throws(() => readXgboost(new TextEncoder().encode(text.replaceAll(from, to))), {
        name: 'ModelFormatError',
        message,
      });
    };
    const thresholds = '"split_conditions":[0.5,-0.25,';
    const [noThreshold, noLeaf] = ['[NaN,-0.25,', '[0.5,NaN,'].map(
      (a) => `"split_conditions":${a}`,
    );
    refuses(thresholds, noThreshold!, /Node 0 of tree 0 holds no number/);
    refuses(thresholds, noLeaf!, /Node 1 of tree 0 holds no number/);
    const indices = '"split_indices":[1,0,0],"split_type":[0,';
    // As XGBoost writes a categorical split: without a threshold.
    refuses(indices, indices.replace('e":[0', 'e":[1'), /tree 0 splits on categories/);
    refuses('"split_indices":[1,', '"split_indices":[NaN,', /"split_indices" .* whole numbers/);
    refuses(
      '"left_children":[1,',
      '"left_children":[Infinity,',
      /"left_children" .* whole numbers/,
    );
  });

  type Change = (document: ModelDocument, tree: Record<string, unknown>) => unknown;
  const refused: readonly [string, RegExp, Change][] = [
    [
      'gblinear',
      /booster is "gblinear"; only gbtree and dart/,
      (d) => (d.learner.gradient_booster.name = 'gblinear'),
    ],
    [
      'survival objectives',
      /"survival:cox".*survival times/,
      (d) => (d.learner.objective.name = 'survival:cox'),
    ],
    [
      'unknown objectives',
      /"reg:expectileerror".*not known/,
      (d) => (d.learner.objective.name = 'reg:expectileerror'),
    ],
    [
      'several targets',
      /predicts 3 targets/,
      (d) => (d.learner.learner_model_param.num_target = '3'),
    ],
    [
      'a base score that is none',
      /base score "x" is no number/,
      (d) => (d.learner.learner_model_param.base_score = 'x'),
    ],
    [
      'an impossible base score',
      /base score 2 is none of "binary:logistic"/,
      (d) => (d.learner.learner_model_param.base_score = '2'),
    ],
    [
      'base scores that do not fit',
      /2 base scores for 1 groups/,
      (d) => (d.learner.learner_model_param.base_score = '[0,1]'),
    ],
    ['categorical splits', /tree 0 splits on categories/, (_, t) => (t.split_type = [1, 0, 0])],
    [
      'vector leaves',
      /vectors of 3 as leaves/,
      (_, t) => (t.tree_param = { size_leaf_vector: '3' }),
    ],
    ['a tree without nodes', /tree 0 has no node/, (_, t) => (t.left_children = [])],
    [
      'columns of unequal length',
      /tree 0 has 1 split_conditions for 3/,
      (_, t) => (t.split_conditions = [1]),
    ],
    [
      'a list that is none',
      /"left_children" of tree 0 is not a list/,
      (_, t) => (t.left_children = 'x'),
    ],
    [
      'text for a number',
      /"sum_hessian" of tree 0 is not a list of numbers/,
      (_, t) => (t.sum_hessian = ['a', 'b', 'c']),
    ],
    [
      'a child outside the tree',
      /Node 0 of tree 0 has a child outside/,
      (_, t) => (t.right_children = [9, -1, -1]),
    ],
    ['a circle', /is reached twice/, (_, t) => (t.right_children = [0, -1, -1])],
    ['a feature outside the row', /reads feature 7 of 2/, (_, t) => (t.split_indices = [7, 0, 0])],
    [
      'a group that there is not',
      /Tree 0 adds to group 4 of 1/,
      (d) =>
        ((d.learner.gradient_booster as { model: { tree_info: number[] } }).model.tree_info = [
          4, 0,
        ]),
    ],
    [
      'a missing part',
      /"learner" of the model lacks "objective"/,
      (d) => delete (d.learner as Partial<ModelDocument['learner']>).objective,
    ],
    [
      'absurd numbers of features',
      /names 9000000 features/,
      (d) => (d.learner.learner_model_param.num_feature = '9000000'),
    ],
  ];
  for (const [what, message, change] of refused) {
    it(`is refused by name for ${what}`, () => {
      const document = changed((d) => {
        const { model } = d.learner.gradient_booster as {
          model: { trees: Record<string, unknown>[] };
        };
        change(d, model.trees[0]!);
      });
      for (const write of [writeJson, writeUbjson]) {
        assert.throws(() => readXgboost(write(document)), { name: 'ModelFormatError', message });
      }
    });
  }
});

describe('UBJSON', () => {
  it('gives back what was written', () => {
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.string(),
        fc.boolean(),
        fc.float({ noNaN: true }),
        fc.array(tie('value')),
        fc.dictionary(fc.string(), tie('value'), { noNullPrototype: false }),
      ),
    }));
    fc.assert(
      fc.property(value, (written) => {
        const read = JSON.stringify(parseUbjson(writeUbjson(written)));
        assert.equal(read, JSON.stringify(written));
      }),
    );
  });

  const text = (content: string) => Buffer.from(content, 'latin1');
  for (const [what, bytes, message] of [
    [
      'a count that the file cannot hold',
      '[$d#l\x7f\xff\xff\xff',
      /too short for an array of 2147483647/,
    ],
    ['a negative count', '[#i\xff', /length -1/],
    ['items that need no bytes', '[$Z#l\x7f\xff\xff\xff', /array of the type "Z"/],
    ['a typed array without a count', '[$d', /typed array without a count/],
    ['an unknown marker', 'x', /unknown marker "x"/],
    ['bytes behind the end', 'TT', /1 bytes follow/],
    ['a deep nest', '['.repeat(5000), /nests over 64 deep/],
    ['an early end', '{i\x05ab', /ends within/],
  ] as const) {
    it(`refuses ${what}`, () => {
      assert.throws(() => parseUbjson(text(bytes)), { name: 'ModelFormatError', message });
    });
  }
});

describe('the readers of XGBoost models', () => {
  const samples = {
    'the legacy binary': writeLegacyBinary(readXgboost(writeJson(modelDocument()))),
    'the legacy binary of before 1.0': writeLegacyBinary(
      { ...readXgboost(writeJson(modelDocument())), version: [0, 0] },
      { booster: 'dart', metrics: ['auc'] },
    ),
    JSON: writeJson(modelDocument()),
    UBJSON: writeUbjson(modelDocument()),
  };
  for (const [name, bytes] of Object.entries(samples)) {
    it(`answer damaged bytes of ${name} with a ModelFormatError and nothing else`, () => {
      const flips = fc.array(fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })), {
        maxLength: 4,
      });
      fc.assert(
        fc.property(flips, fc.nat(bytes.length), fc.boolean(), (changes, end, cut) => {
          const damaged = bytes.slice(0, cut ? end : bytes.length);
          for (const [at, mask] of changes) if (at < damaged.length) damaged[at]! ^= mask;
          try {
            readXgboost(damaged);
          } catch (error) {
            assert.equal((error as Error).name, 'ModelFormatError', (error as Error).stack);
          }
        }),
        { numRuns: 2000 },
      );
    });
  }
});
