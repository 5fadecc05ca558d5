/** Properties of a table that are kept as given. */
import type { OptionRules } from './resource_options.ts';

export const TABLE_RULES: OptionRules = {
  resource: 'tables',
  kept: new Set([
    'clustering',
    'description',
    'expirationTime',
    'friendlyName',
    'labels',
    'rangePartitioning',
    'requirePartitionFilter',
    'resourceTags',
    'tableConstraints',
    'timePartitioning',
  ]),
  outputOnly: new Set([
    'creationTime',
    'etag',
    'id',
    'kind',
    'lastModifiedTime',
    'location',
    'numActiveLogicalBytes',
    'numBytes',
    'numLongTermBytes',
    'numRows',
    'numTotalLogicalBytes',
    'selfLink',
    'tableReference',
    'type',
  ]),
};
