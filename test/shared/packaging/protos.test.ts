import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { type ProtoNode, trimProtos } from '../../../shared/packaging/protos.ts';

const DESCRIPTION: ProtoNode = {
  nested: {
    shop: {
      nested: {
        Till: {
          methods: {
            Pay: { requestType: 'Order', responseType: 'Receipt' },
            Refund: { requestType: 'Claim', responseType: 'Receipt' },
          },
        },
        Stock: { methods: { Count: { requestType: 'Order', responseType: 'Receipt' } } },
        Order: {
          fields: {
            id: { type: 'string', options: { '(doc)': 'REQUIRED', packed: false } },
            lines: { type: 'Line' },
            paid: { type: 'money.Amount' },
            before: { type: 'Order' },
          },
          nested: { Line: { fields: { kind: { type: '.shop.Kind' } } } },
        },
        Kind: { values: { BOOK: 0 } },
        Receipt: { fields: { at: { type: 'int64' } } },
        Claim: { fields: { why: { type: 'string' } } },
      },
    },
    money: { nested: { Amount: { fields: { cents: { type: 'int64' } } } } },
    other: { nested: { Thing: { fields: {} } } },
  },
};

describe('a trimmed description', () => {
  it('holds the methods that are called and the types that they speak of', () => {
    assert.deepEqual(trimProtos(DESCRIPTION, 'shop.Till', ['Pay']), {
      nested: {
        shop: {
          nested: {
            Till: { methods: { Pay: { requestType: 'Order', responseType: 'Receipt' } } },
            Order: {
              fields: {
                id: { type: 'string', options: { packed: false } },
                lines: { type: 'Line' },
                paid: { type: 'money.Amount' },
                before: { type: 'Order' },
              },
              nested: { Line: { fields: { kind: { type: '.shop.Kind' } } } },
            },
            Kind: { values: { BOOK: 0 } },
            Receipt: { fields: { at: { type: 'int64' } } },
          },
        },
        money: { nested: { Amount: { fields: { cents: { type: 'int64' } } } } },
      },
    });
  });

  it('is refused where the description lacks what is called', () => {
    assert.throws(
      () => trimProtos(DESCRIPTION, 'shop.Till', ['Steal']),
      /no method shop.Till.Steal/,
    );
    assert.throws(() => trimProtos(DESCRIPTION, 'shop.Bank', ['Pay']), /no method shop.Bank.Pay/);
    const torn = structuredClone(DESCRIPTION) as { nested: { money: object } };
    torn.nested.money = {};
    assert.throws(() => trimProtos(torn, 'shop.Till', ['Pay']), /no type money.Amount/);
  });

  it('of Pub/Sub keeps publishing, and less than a tenth of the text', () => {
    const pubsub = createRequire(createRequire(import.meta.url).resolve('@google-cloud/pubsub'));
    const whole = pubsub('@google-cloud/pubsub-api/build/protos/protos.json') as ProtoNode;
    const trimmed = trimProtos(whole, 'google.pubsub.v1.Publisher', ['Publish']);
    assert.ok(JSON.stringify(trimmed).length * 10 < JSON.stringify(whole).length);
    const { PublishRequest, PubsubMessage } = trimmed.nested!.google!.nested!.pubsub!.nested!.v1!
      .nested as Record<string, ProtoNode>;
    assert.deepEqual(Object.keys(PublishRequest!.fields!), ['topic', 'messages']);
    assert.ok(PubsubMessage!.fields!.orderingKey);
  });
});
