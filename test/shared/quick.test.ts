import assert from 'node:assert/strict';
import fc from 'fast-check';
import * as z from 'zod';
import { featureProgramSchema, type Node } from '../../shared/features/program.ts';
import { either, isListOf, isNumber, isRecord, quickly } from '../../shared/quick.ts';

/** What a schema says is wrong: where, and in which words. */
function faultsOf(schema: z.core.$ZodType, value: unknown): [string, string][] {
  const { error } = z.safeParse(schema, value);
  return error?.issues.map(({ path, message }) => [path.join('/'), message]) ?? [];
}

describe('a quick yes', () => {
  const slow = z.array(z.number().max(9));
  const isFit = isListOf((value) => isNumber(value) && (value as number) <= 9, 3);
  const both = z.strictObject({ list: quickly(isFit, slow) });

  it('takes what is fit as it is, without asking the schema', () => {
    const never = z.array(z.number()).refine(() => false);
    const list = [1, 2];
    assert.equal(z.object({ list: quickly(isFit, never) }).parse({ list }).list, list);
  });

  it('leaves the rest to the schema, which may take it and change it', () => {
    assert.deepEqual(both.parse({ list: [1, 2, 3, 4] }), { list: [1, 2, 3, 4] });
    const shortened = quickly(
      isFit,
      z.string().transform((text) => text.length),
    );
    assert.equal(z.object({ n: shortened }).parse({ n: 'four' }).n, 4);
  });

  it('says what the schema says, and where', () => {
    for (const list of [[1, 10], ['1'], {}, null, undefined, [Number.POSITIVE_INFINITY]]) {
      assert.deepEqual(
        faultsOf(both, { list }),
        faultsOf(z.strictObject({ list: slow }), { list }),
      );
      assert.notDeepEqual(faultsOf(both, { list }), []);
    }
  });
});

describe('one of several forms', () => {
  const forms = {
    circle: z.strictObject({ radius: z.number() }),
    square: z.strictObject({ side: z.number().min(0) }),
  };
  const shape = either((value) =>
    isRecord(value) && 'side' in value ? forms.square : forms.circle,
  );

  it('is checked as the form that it is', () => {
    assert.deepEqual(z.array(shape).parse([{ side: 1 }, { radius: 2 }]), [
      { side: 1 },
      { radius: 2 },
    ]);
  });

  it('is described by that form alone', () => {
    assert.deepEqual(faultsOf(z.array(shape), [{ radius: 1 }, { side: -1 }]), [
      ['1/side', 'Too small: expected number to be >=0'],
    ]);
    assert.deepEqual(faultsOf(z.array(shape), [{ length: 1 }]), [
      ['0/radius', 'Invalid input: expected number, received undefined'],
      ['0', 'Unrecognized key: "length"'],
    ]);
  });
});

describe('the nodes of a program', () => {
  const node = fc.oneof(
    fc.record({ input: fc.string({ maxLength: 3 }) }),
    fc.record({
      type: fc.constantFrom('INT64', 'STRING', 'DATE', 'BYTES'),
      value: fc.oneof(fc.constant(null), fc.double(), fc.string(), fc.boolean(), fc.object()),
    }),
    fc.record(
      {
        op: fc.oneof(fc.string({ maxLength: 3 }), fc.integer()),
        args: fc.oneof(
          fc.array(fc.oneof(fc.integer({ min: -1, max: 10_001 }), fc.double()), { maxLength: 4 }),
          fc.string(),
        ),
        settings: fc.array(fc.oneof(fc.double(), fc.string(), fc.boolean(), fc.constant(null))),
        more: fc.anything(),
      },
      { requiredKeys: ['op', 'args'] },
    ),
    fc.jsonValue(),
  );
  /** The schema of one node, behind the quick check of them all: an unfit neighbour has it asked. */
  const programOf = (nodes: unknown) => ({ version: 1, inputs: [], nodes, features: [] });
  const faults = (nodes: unknown[]) => faultsOf(featureProgramSchema, programOf(nodes));
  const UNFIT = { input: 1 };

  it('are taken where their schema takes them, alone or beside what is unfit', () => {
    const property = fc.property(fc.array(node, { maxLength: 4 }), (arbitrary) => {
      const nodes = JSON.parse(JSON.stringify(arbitrary));
      const besides = faults([...nodes, UNFIT]);
      const own = besides.filter(([path]) => !path.startsWith(`nodes/${nodes.length}`));
      assert.deepEqual(faults(nodes), own);
      assert.ok(besides.length > own.length);
    });
    fc.assert(property, { numRuns: 1000 });
  });

  it('are as many as are allowed, and no more', () => {
    const nodes = Array.from({ length: 10_000 }, (): Node => ({ input: 'x' }));
    assert.deepEqual(faults(nodes), []);
    assert.deepEqual(faults([...nodes, { input: 'x' }]), [
      ['nodes', 'Too big: expected array to have <=10000 items'],
    ]);
  });
});
