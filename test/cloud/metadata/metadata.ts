/**
 * The Compute Engine metadata server, as far as the Google clients ask it: who runs here, in which
 * project, and tokens for that account.
 *
 * Source: "About VM metadata" and "View and query VM metadata" of Compute Engine.
 */
import type { Call, Reply, Router } from '../http/router.ts';
import type { OidcIssuer } from './oidc.ts';

/** Who runs here, and where. */
export interface MetadataOptions {
  readonly projectId: string;
  readonly projectNumber: string;
  /** `us-central1` */
  readonly region: string;
  /** Address of the service account that everything here runs as. */
  readonly serviceAccount: string;
  readonly oidc: OidcIssuer;
}

type Query = URLSearchParams;
/** Answered as text: one line for each of several. */
type Value = string | number | readonly string[];
/** Made on demand, and left out of recursive answers. */
type Made = (query: Query) => Reply | Promise<Reply>;
type Node = Value | Made | { readonly [name: string]: Node };

const ROOT = '/computeMetadata/v1';
const FLAVOR = { 'metadata-flavor': 'Google', server: 'Metadata Server for VM' };
const SCOPES = [
  'https://www.googleapis.com/auth/cloud-platform',
  'https://www.googleapis.com/auth/userinfo.email',
];

/** Adds the metadata server's paths. Their answers are never ApiErrors, but the server's own texts. */
export function metadataRoutes(router: Router, options: MetadataOptions): void {
  const tree = treeOf(options);
  router.on('GET', '/', () => text('computeMetadata/\n'));
  router.on('GET', '/computeMetadata', () => text('v1/\n'));
  router.on('GET', ROOT, (call) => answer(tree, '', call));
  router.on('GET', `${ROOT}/{path=**}`, (call) => answer(tree, call.params.path, call));
}

function treeOf(options: MetadataOptions): Node {
  const { projectId, projectNumber, region, serviceAccount } = options;
  const account = {
    aliases: ['default'],
    email: serviceAccount,
    identity: (query: Query) => identity(options, query),
    scopes: SCOPES,
    token,
  };
  return {
    instance: {
      id: 1,
      name: 'local',
      region: `projects/${projectNumber}/regions/${region}`,
      zone: `projects/${projectNumber}/zones/${region}-1`,
      'service-accounts': { default: account, [serviceAccount]: account },
    },
    project: { 'numeric-project-id': Number(projectNumber), 'project-id': projectId },
    universe: { 'universe-domain': 'googleapis.com' },
  };
}

const token = (): Reply =>
  json({ access_token: 'ya29.local-google-cloud', expires_in: 3599, token_type: 'Bearer' });

async function identity({ oidc, serviceAccount }: MetadataOptions, query: Query): Promise<Reply> {
  const audience = query.get('audience');
  if (!audience) return text('non-empty audience parameter required', 400);
  const format = query.get('format') ?? 'standard';
  if (format !== 'full' && format !== 'standard') return text(`invalid format: ${format}`, 400);
  const hidden = format === 'full' ? {} : { email: undefined, email_verified: undefined };
  return text(await oidc.mint(audience, serviceAccount, hidden));
}

function answer(tree: Node, path: string, call: Call<never>): Reply | Promise<Reply> {
  const { headers, query } = call;
  // So a page in a browser, or a proxy, can't be made to fetch tokens.
  if (headers['metadata-flavor'] !== 'Google') {
    return text('Missing Metadata-Flavor:Google header.', 403);
  }
  if (headers['x-forwarded-for'] !== undefined) {
    return text('Requests with an X-Forwarded-For header are refused.', 403);
  }
  if (query.get('wait_for_change') === 'true') {
    return text('The local Google Cloud does not support wait_for_change.', 501);
  }
  const node = find(tree, path);
  if (node === undefined) return text(`There is no metadata at ${ROOT}/${path}`, 404);
  if (typeof node === 'function') return node(query);
  const recursive = query.get('recursive')?.toLowerCase() === 'true';
  const wanted = query.get('alt') ?? (recursive && isFolder(node) ? 'json' : 'text');
  if (wanted === 'json') return json(plain(node));
  return text(isFolder(node) && !recursive ? listing(node) : lines(node));
}

function find(tree: Node, path: string): Node | undefined {
  let node: Node | undefined = tree;
  for (const name of path.split('/').filter((word) => word !== '')) {
    node =
      node !== undefined && isFolder(node) && Object.hasOwn(node, name) ? node[name] : undefined;
  }
  return node;
}

type Folder = { readonly [name: string]: Node };

const isFolder = (node: Node): node is Folder => typeof node === 'object' && !Array.isArray(node);

const listing = (folder: Folder): string =>
  Object.entries(folder)
    .map(([name, node]) => `${name}${isFolder(node) ? '/' : ''}\n`)
    .join('');

/** The JSON form: names in camel case, and nothing that is made on demand. */
function plain(node: Node): unknown {
  if (!isFolder(node)) return node;
  const kept = Object.entries(node).filter(([, child]) => typeof child !== 'function');
  return Object.fromEntries(kept.map(([name, child]) => [camelCase(name), plain(child)]));
}

const camelCase = (name: string): string =>
  name.includes('@') ? name : name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

/** The text form: `path value` for each value below a folder, or the value's own lines. */
function lines(node: Node, path = ''): string {
  if (typeof node === 'function') return '';
  if (isFolder(node)) {
    const below = path === '' ? '' : `${path}/`;
    return Object.entries(node)
      .map(([name, child]) => lines(child, below + name))
      .join('');
  }
  const values = typeof node === 'object' ? node : [String(node)];
  if (path === '')
    return values.length === 1 ? (values[0] ?? '') : values.map((v) => `${v}\n`).join('');
  return values.map((value) => `${path} ${value}\n`).join('');
}

const text = (body: string, status = 200): Reply => ({
  status,
  headers: { ...FLAVOR, 'content-type': 'application/text' },
  bytes: Buffer.from(body),
});

const json = (value: unknown): Reply => ({ headers: FLAVOR, json: value });
