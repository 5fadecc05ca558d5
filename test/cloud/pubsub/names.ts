/** Resource names: `projects/{project}/{collection}/{id}`. */
import { invalidArgument } from './status.ts';

/** The kinds of resources that have names. */
export type Collection = 'topics' | 'subscriptions' | 'snapshots' | 'schemas';

/** The parts of a name that say something. */
export interface ResourceName {
  readonly project: string;
  readonly id: string;
}

/** What the topic of a subscription becomes when the topic is deleted. */
export const DELETED_TOPIC = '_deleted-topic_';

/** Rules: https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names */
const ID = /^(?!goog)[A-Za-z][\w\-.~+%]{2,254}$/;

/** @throws {PubSubError} INVALID_ARGUMENT for a name that no such resource can have. */
export function parseName(name: string, collection: Collection): ResourceName {
  const [root, project, found, id, ...rest] = name.split('/');
  const wellFormed = root === 'projects' && project && found === collection && rest.length === 0;
  if (!wellFormed || !id || !ID.test(id)) {
    throw invalidArgument(
      `Invalid resource name given (name=${name}). Refer to ` +
        'https://cloud.google.com/pubsub/docs/pubsub-basics#resource_names for more information.',
    );
  }
  return { project, id };
}

/** The project id of `projects/{project}`. @throws {PubSubError} INVALID_ARGUMENT. */
export function parseProject(name: string): string {
  const found = /^projects\/([^/]+)$/.exec(name);
  if (!found) throw invalidArgument(`Invalid project name given (name=${name}).`);
  return found[1]!;
}
