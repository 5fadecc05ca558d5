import { ApiError, duplicate, invalid } from '../errors.ts';
import { type Fields, mergePatch } from '../http/merge_patch.ts';
import type { Documents } from '../state/documents.ts';
import { Turns } from '../state/turns.ts';
import { bucketFields } from './fields.ts';
import { checkBucketName, compareNames } from './names.ts';
import { checkPreconditions, type Preconditions } from './preconditions.ts';

/** A bucket, as it is kept. */
export interface Bucket {
  readonly name: string;
  readonly projectId: string;
  readonly metageneration: number;
  /** RFC 3339. */
  readonly timeCreated: string;
  readonly updated: string;
  /** What clients set: location, storageClass, labels, versioning, … */
  readonly fields: Fields;
}

/** Another one for every change. */
export const bucketEtag = ({ metageneration }: Bucket): string =>
  Buffer.from(`m${metageneration}`).toString('base64');

/** Whether the bucket keeps older versions of its objects. */
export const isVersioned = ({ fields }: Bucket): boolean =>
  (fields.versioning as { enabled?: boolean } | undefined)?.enabled === true;

/** Whether its objects may have a retention of their own. */
export const retainsObjects = ({ fields }: Bucket): boolean => fields.objectRetention !== undefined;

const DOCUMENT = 'buckets';

/** All buckets, in one document. */
export class Buckets {
  private readonly documents: Documents;
  private readonly now: () => number;
  private readonly turns = new Turns();
  private buckets: ReadonlyMap<string, Bucket>;

  private constructor(documents: Documents, now: () => number, buckets: readonly Bucket[]) {
    this.documents = documents;
    this.now = now;
    this.buckets = new Map(buckets.map((bucket) => [bucket.name, bucket]));
  }

  static async open(documents: Documents, now: () => number): Promise<Buckets> {
    return new Buckets(documents, now, (await documents.load<Bucket[]>(DOCUMENT)) ?? []);
  }

  /** @throws {ApiError} 404 */
  get(name: string): Bucket {
    const bucket = this.buckets.get(name);
    if (!bucket) throw new ApiError(404, 'notFound', 'The specified bucket does not exist.');
    return bucket;
  }

  /** Those of a project whose names start with the prefix, sorted. */
  list(projectId: string, prefix: string): Bucket[] {
    return [...this.buckets.values()]
      .filter((bucket) => bucket.projectId === projectId && bucket.name.startsWith(prefix))
      .sort((a, b) => compareNames(a.name, b.name));
  }

  /**
   * @param retains whether its objects may be retained: from the start, or never
   * @throws {ApiError} 409 when there is one of that name, in any project.
   */
  insert(projectId: string, name: string, given: Fields, retains = false): Promise<Bucket> {
    checkBucketName(name);
    const retention = retains ? { objectRetention: { mode: 'Enabled' } } : {};
    const fields = { ...withDefaults(mergePatch({}, bucketFields(given))), ...retention };
    return this.change(async () => {
      if (this.buckets.has(name))
        throw duplicate(`bucket ${name}. Bucket names are shared by all projects.`);
      const time = new Date(this.now()).toISOString();
      return { name, projectId, metageneration: 1, timeCreated: time, updated: time, fields };
    });
  }

  /** PATCH merges the change into what was there; PUT puts it in its place. */
  update(
    name: string,
    given: Fields,
    how: 'patch' | 'replace',
    conditions: Preconditions,
  ): Promise<Bucket> {
    const change = bucketFields(given);
    return this.change(async () => {
      const bucket = this.find(name, conditions);
      const { location, storageClass, objectRetention } = bucket.fields;
      const fixed = { location, storageClass, ...(retainsObjects(bucket) && { objectRetention }) };
      const base = how === 'patch' ? bucket.fields : fixed;
      const fields = withDefaults(mergePatch(base, change));
      if (fields.location !== location)
        throw invalid("A bucket's location can't be changed.", 'location');
      const updated = new Date(this.now()).toISOString();
      return { ...bucket, fields, updated, metageneration: bucket.metageneration + 1 };
    });
  }

  /** @throws {ApiError} 404, 412, and 409 when it is not empty. */
  async delete(name: string, conditions: Preconditions, isEmpty: () => boolean): Promise<void> {
    await this.turns.take(DOCUMENT, async () => {
      this.find(name, conditions);
      if (!isEmpty()) {
        throw new ApiError(409, 'conflict', 'The bucket you tried to delete is not empty.');
      }
      const before = this.buckets;
      // At once, so that no object is begun in it while the change is written.
      this.buckets = new Map([...before].filter(([other]) => other !== name));
      try {
        await this.documents.save(DOCUMENT, [...this.buckets.values()]);
      } catch (error) {
        this.buckets = before;
        throw error;
      }
    });
  }

  /** The bucket, if the conditions hold. @throws {ApiError} 404, 412, 304 */
  find(name: string, conditions: Preconditions): Bucket {
    const bucket = this.get(name);
    const { metageneration } = bucket;
    checkPreconditions(conditions, { liveGeneration: 1, metageneration, etag: bucketEtag(bucket) });
    return bucket;
  }

  /** One change at a time: it is seen when it is safe on the disk. */
  private change(make: () => Promise<Bucket>): Promise<Bucket> {
    return this.turns.take(DOCUMENT, async () => {
      const bucket = await make();
      const buckets = new Map(this.buckets).set(bucket.name, bucket);
      await this.documents.save(DOCUMENT, [...buckets.values()]);
      this.buckets = buckets;
      return bucket;
    });
  }
}

/** What a bucket has that was made without saying so. */
function withDefaults(fields: Fields): Fields {
  const access = fields.iamConfiguration as Fields | undefined;
  return {
    storageClass: 'STANDARD',
    rpo: 'DEFAULT',
    ...fields,
    location: String(fields.location ?? 'US').toUpperCase(),
    iamConfiguration: {
      publicAccessPrevention: 'inherited',
      ...access,
      uniformBucketLevelAccess: { enabled: true },
    },
  };
}
