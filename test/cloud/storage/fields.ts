/** What clients may set on a bucket or an object: merged, checked, and refused where it would not work. */
import { invalid, unsupported } from '../errors.ts';
import { type Fields, isFields } from '../http/merge_patch.ts';

const STORAGE_CLASSES = [
  'STANDARD',
  'NEARLINE',
  'COLDLINE',
  'ARCHIVE',
  'MULTI_REGIONAL',
  'REGIONAL',
  'DURABLE_REDUCED_AVAILABILITY',
];

/** How a field is checked: its name in messages and its value, which is not null. */
type Check = (name: string, value: unknown) => void;

const text: Check = (name, value) => {
  if (typeof value !== 'string')
    throw invalid(`Invalid value for ${name}: a string is needed.`, name);
};
const texts: Check = (name, value) => {
  if (!isFields(value)) throw invalid(`Invalid value for ${name}: an object is needed.`, name);
  for (const [key, entry] of Object.entries(value)) {
    if (entry !== null) text(`${name}.${key}`, entry);
  }
};
const time: Check = (name, value) => {
  text(name, value);
  if (Number.isNaN(Date.parse(String(value))))
    throw invalid(`Invalid value for ${name}: ${value} is no RFC 3339 time.`, name);
};
const storageClass: Check = (name, value) => {
  if (!STORAGE_CLASSES.includes(String(value)))
    throw invalid(`Invalid value for ${name}: ${value}.`, name);
};
/** Both of its parts, or both taken away; one without either changes nothing. */
const retention: Check = (name, value) => {
  if (!isFields(value)) throw invalid(`Invalid value for ${name}: an object is needed.`, name);
  const { mode = null, retainUntilTime = null } = value;
  if (mode === null && retainUntilTime === null) return;
  if (mode !== 'Unlocked' && mode !== 'Locked')
    throw invalid(`Invalid value for ${name}.mode: ${mode}.`, `${name}.mode`);
  time(`${name}.retainUntilTime`, retainUntilTime);
};
/** Kept as it is given: configuration that changes nothing here. */
const kept: Check = () => {};
/** Refused unless it is what holds here anyway. */
const only =
  (what: string, ...harmless: unknown[]): Check =>
  (_name, value) => {
    if (!harmless.some((one) => JSON.stringify(one) === JSON.stringify(value)))
      throw unsupported(what);
  };

const OBJECT_FIELDS: Readonly<Record<string, Check>> = {
  cacheControl: text,
  contentDisposition: text,
  contentEncoding: text,
  contentLanguage: text,
  contentType: text,
  customTime: time,
  metadata: texts,
  storageClass,
  acl: only('access control lists: buckets have uniform bucket-level access', []),
  contexts: only('object contexts', {}),
  eventBasedHold: only('event-based holds', false),
  retention,
  temporaryHold: only('temporary holds', false),
};

const BUCKET_FIELDS: Readonly<Record<string, Check>> = {
  autoclass: only('autoclass', { enabled: false }),
  billing: only('requester pays', {}, { requesterPays: false }),
  cors: kept,
  encryption: only('customer-managed encryption keys', {}),
  iamConfiguration: checkAccess,
  labels: texts,
  lifecycle: kept,
  location: text,
  logging: kept,
  rpo: kept,
  storageClass,
  versioning: kept,
  website: kept,
  acl: only('access control lists: buckets have uniform bucket-level access', []),
  customPlacementConfig: only('custom dual-regions'),
  defaultEventBasedHold: only('event-based holds', false),
  defaultObjectAcl: only('access control lists: buckets have uniform bucket-level access', []),
  hierarchicalNamespace: only('hierarchical namespaces', {}, { enabled: false }),
  ipFilter: only('IP filters'),
  retentionPolicy: only('retention policies', {}),
  softDeletePolicy: only(
    'soft delete',
    {},
    { retentionDurationSeconds: '0' },
    { retentionDurationSeconds: 0 },
  ),
};

function checkAccess(_name: string, value: unknown): void {
  if (!isFields(value)) throw invalid('Invalid value for iamConfiguration.', 'iamConfiguration');
  for (const part of ['uniformBucketLevelAccess', 'bucketPolicyOnly']) {
    const access = value[part];
    if (isFields(access) && access.enabled === false) {
      throw unsupported('buckets without uniform bucket-level access');
    }
  }
}

/** The fields that a client may set, checked; others, which the service itself sets, are left out. */
const writable = (checks: Readonly<Record<string, Check>>, given: Fields): Fields => {
  const result: Record<string, unknown> = {};
  for (const [name, check] of Object.entries(checks)) {
    const value = given[name];
    if (value === undefined) continue;
    if (value !== null) check(name, value);
    result[name] = value;
  }
  return result;
};

/** @throws {ApiError} 400 for a value of the wrong kind, 501 for what is not supported. */
export const objectFields = (given: Fields): Fields => writable(OBJECT_FIELDS, given);

/** @throws {ApiError} 400 for a value of the wrong kind, 501 for what is not supported. */
export const bucketFields = (given: Fields): Fields => writable(BUCKET_FIELDS, given);
