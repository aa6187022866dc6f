import { badRequest, unknownProperty } from './errors';
import { attachmentJson, checkAttachmentSelect, messageAttachments } from './attachment-json';
import { canonicalPropertyId } from './extended-properties';
import { MESSAGE_TYPE } from './message-filter';
import { MESSAGE_PROPERTIES, SELECTED_ONLY, extendedProperties } from './message-properties';
import type { MessageView } from './message-view';
import { parseExpand, parseSelect } from './odata-options';
import type { ExpandItem } from './odata-options';

/** Which properties and relations of a message an answer shows. */
export interface MessageShape {
  /** Undefined: all that are shown by default. */
  select: readonly string[] | undefined;
  /** Undefined: not expanded. */
  attachments: { select: readonly string[] | undefined } | undefined;
  /** Canonical ids. */
  extendedPropertyIds: readonly string[] | undefined;
}

export function readShape(query: URLSearchParams): MessageShape {
  const select = query.get('$select');
  const expand = query.get('$expand');
  return shapeOf(select === null ? undefined : select, expand === null ? undefined : expand);
}

export function shapeOf(select: string | undefined, expand: string | undefined): MessageShape {
  const shape: MessageShape = { select: undefined, attachments: undefined, extendedPropertyIds: undefined };
  if (select !== undefined) {
    shape.select = parseSelect(select);
    for (const name of shape.select) {
      if (name !== 'id' && !Object.hasOwn(MESSAGE_PROPERTIES, name) && !Object.hasOwn(SELECTED_ONLY, name)) {
        throw unknownProperty(name, MESSAGE_TYPE);
      }
    }
  }
  for (const item of expand === undefined ? [] : parseExpand(expand)) expandInto(shape, item);
  return shape;
}

function expandInto(shape: MessageShape, item: ExpandItem): void {
  if (item.name === 'attachments') {
    allowOptions(item, ['$select']);
    const select = item.options.get('$select');
    shape.attachments = { select: select === undefined ? undefined : checkAttachmentSelect(parseSelect(select)) };
  } else if (item.name === 'singleValueExtendedProperties') {
    allowOptions(item, ['$filter']);
    shape.extendedPropertyIds = readPropertyIds(item.options.get('$filter'));
  } else {
    throw unknownProperty(item.name, MESSAGE_TYPE);
  }
}

function allowOptions(item: ExpandItem, allowed: readonly string[]): void {
  for (const name of item.options.keys()) {
    if (!allowed.includes(name)) {
      throw badRequest(`The query option '${name}' is not supported in the expansion of '${item.name}'.`);
    }
  }
}

/** `id eq 'String 0x1042' or id eq '…'`: an expansion must say which properties are wanted. */
function readPropertyIds(filter: string | undefined): string[] {
  if (filter === undefined) {
    throw badRequest(
      "Expand query 'singleValueExtendedProperties' needs a filter by id.",
      'ErrorInvalidUrlQueryFilter',
    );
  }
  return filter.split(/\s+or\s+/i).map((condition) => {
    const id = /^\(?\s*id\s+eq\s+'([^']*)'\s*\)?$/i.exec(condition.trim())?.[1];
    if (id === undefined) {
      throw badRequest(
        `Invalid filter clause: There was a syntax error near '${condition.slice(0, 80)}'.`,
        'ErrorInvalidUrlQueryFilter',
      );
    }
    return canonicalPropertyId(id);
  });
}

const EVERYTHING = Object.keys(MESSAGE_PROPERTIES);

/** A message as Graph shows it. `only` narrows to these properties, for partial updates in delta. */
export function messageJson(
  view: MessageView,
  shape: MessageShape,
  only?: ReadonlySet<string>,
): Record<string, unknown> {
  const json: Record<string, unknown> = {};
  const type = view.mailbox.extras(view.message)?.extended.get(MEETING_TYPE);
  if (type !== undefined) json['@odata.type'] = type;
  json['@odata.etag'] = view.etag;
  json['id'] = view.id;
  for (const name of shape.select ?? EVERYTHING) {
    if (only && !only.has(name)) continue;
    const value = (MESSAGE_PROPERTIES[name] ?? SELECTED_ONLY[name])?.(view);
    if (value !== undefined) json[name] = value;
  }
  if (only) return json;
  if (shape.extendedPropertyIds) {
    const properties = extendedProperties(view, shape.extendedPropertyIds);
    if (properties) json['singleValueExtendedProperties'] = properties;
  }
  if (shape.attachments) {
    const { select } = shape.attachments;
    json['attachments'] = messageAttachments(view).map((a) => attachmentJson(view, a, select));
  }
  return json;
}

/** Where a message's derived type is kept: seen in delivery, so that lists need not read the content for it. */
export const MEETING_TYPE = 'simulated derived type';
