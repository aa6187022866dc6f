import { ok } from './call';
import type { GraphCall, GraphResult } from './call';
import { deltaLink, isEmptyPage, nextLink, pageSizeOf, readDeltaRequest } from './delta';
import type { DeltaOptions, DeltaPosition } from './delta';
import { badRequest } from './errors';
import { folderJson, readFolderSelect } from './folder-methods';
import type { Folder } from './folders';

/** Stands for the folder tree where tokens name what they track; folders have numbers from 1. */
const TREE = 0;

/** `GET /me/mailFolders/delta`: the folders of the whole tree, without hidden ones. */
export function foldersDelta(call: GraphCall): GraphResult {
  const { mailbox } = call;
  const { position, options } = readDeltaRequest(call, TREE, mailbox.folders.deltaFloor);
  for (const name of Object.keys(options)) {
    if (name !== '$select') {
      throw badRequest(
        `The parameter '${name}' is not supported with change tracking over the 'MailFolders' resource.`,
        'ErrorInvalidUrlQuery',
      );
    }
  }
  const select = readFolderSelect(options['$select']);
  const round: DeltaPosition = position ?? {
    phase: 'initial',
    from: mailbox.sequence,
    upTo: 0,
    last: [],
    given: 0,
    page: 1,
  };
  const all = round.phase === 'initial' ? present(call) : changed(call, round);
  const size = pageSizeOf(call);
  const page = isEmptyPage(call, round) ? [] : all.slice(round.given, round.given + size);
  const given = round.given + page.length;
  const next: DeltaPosition = { ...round, given, page: round.page + 1 };
  const end = round.phase === 'initial' ? round.from : round.upTo;
  return ok({
    '@odata.context': `${call.state.graphOrigin}/v1.0/$metadata#Collection(mailFolder)`,
    ...linkOf(call, given < all.length ? next : undefined, end, options),
    value: page.map((folder) => show(call, folder, select)),
  });
}

function linkOf(
  call: GraphCall,
  next: DeltaPosition | undefined,
  end: number,
  options: DeltaOptions,
): Record<string, string> {
  return next
    ? { '@odata.nextLink': nextLink(call, TREE, next, options) }
    : { '@odata.deltaLink': deltaLink(call, TREE, end, options) };
}

/** Children before their parents: the order is not to be relied on. */
function present(call: GraphCall): Folder[] {
  return [...call.mailbox.folders.visible()].reverse();
}

function changed(call: GraphCall, round: DeltaPosition): Folder[] {
  return [...call.mailbox.folders.changesBetween(round.from, round.upTo)].map((e) => e.folder);
}

function show(call: GraphCall, folder: Folder, select: readonly string[] | undefined): Record<string, unknown> {
  const { folders } = call.mailbox;
  if (folders.get(folder.number) === folder && folders.isVisible(folder)) {
    return { '@odata.type': '#microsoft.graph.mailFolder', ...folderJson(call, folder, select) };
  }
  return {
    '@odata.type': '#microsoft.graph.mailFolder',
    id: call.mailbox.folderId(folder),
    '@removed': { reason: 'deleted' },
  };
}
