/** What a topic may be. */
import { checkRetention } from './durations.ts';
import { checkLabels } from './labels.ts';
import { parseName } from './names.ts';
import { refuseFields } from './refused_fields.ts';
import { checkSchemaSettings } from './schemas.ts';
import type { Mutability } from './update_mask.ts';
import type { Request, Topic } from './wire.ts';

/** Checks a topic of a client's making and leaves what is kept. @throws {PubSubError} */
export function checkTopic(request: Request<Topic>): Topic {
  const name = request.name ?? '';
  parseName(name, 'topics');
  refuseFields(request, REFUSED);
  const labels = request.labels ?? {};
  checkLabels(labels);
  const { messageRetentionDuration, messageStoragePolicy } = request;
  const schemaSettings = request.schemaSettings && checkSchemaSettings(request.schemaSettings);
  if (messageRetentionDuration) checkRetention(messageRetentionDuration);
  return { name, labels, messageStoragePolicy, messageRetentionDuration, schemaSettings };
}

const REFUSED = {
  kmsKeyName: 'customer-managed encryption keys (kms_key_name)',
  ingestionDataSourceSettings: 'import topics (ingestion_data_source_settings)',
  messageTransforms: 'message transforms (message_transforms)',
  tags: 'resource tags (tags)',
};

/** What UpdateTopic may change. */
export const TOPIC_MUTABILITY: Mutability<Topic> = {
  kind: 'Topic',
  mutable: {
    labels: 'labels',
    message_storage_policy: 'messageStoragePolicy',
    message_retention_duration: 'messageRetentionDuration',
    schema_settings: 'schemaSettings',
  },
  immutable: ['name', 'kms_key_name', 'state'],
};
