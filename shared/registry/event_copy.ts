/** The registry's events in the warehouse, where analysts read them. */
import { sha256 } from '../bundle/bundle.ts';
import { fill, identifier, type SqlFiles } from '../warehouse/sql.ts';
import type { Warehouse } from '../warehouse/warehouse.ts';
import type { RegistryEvent } from './events.ts';

/** Table of events in the dataset that all portfolios share. */
export const EVENTS_TABLE = 'registry_events';

export interface EventCopy {
  /** Ids of the events that are there. @param at tells one question from the next */
  known(portfolio: string, at: Date): Promise<ReadonlySet<string>>;
  /** Adds events; one that is there already stays as it is. @param at as above */
  add(events: readonly RegistryEvent[], at: Date): Promise<void>;
}

/** Events that one statement takes: parameters have room for 10 MB. */
const MOST = 500;

/** @param warehouse of the dataset that all portfolios share */
export function createEventCopy(warehouse: Warehouse, sql: SqlFiles): EventCopy {
  const events = identifier(EVENTS_TABLE);
  return {
    async known(portfolio, at) {
      const rows = await warehouse.run(`registry-known-${portfolio}-${at.getTime()}`, {
        sql: fill(await sql('registry/known_events.sql'), { events }),
        parameters: { portfolio },
      });
      return new Set(rows.map(({ event_id }) => String(event_id)));
    },
    async add(all, at) {
      const statement = fill(await sql('registry/append_events.sql'), { events });
      for (let from = 0; from < all.length; from += MOST) {
        const slice = all.slice(from, from + MOST);
        const ids = sha256(Buffer.from(slice.map(({ event_id }) => event_id).join()));
        await warehouse.run(`registry-add-${at.getTime()}-${ids.slice(0, 32)}`, {
          sql: statement,
          parameters: { arrived: slice.map((event) => JSON.stringify(event)) },
        });
      }
    },
  };
}
