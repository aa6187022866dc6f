import { contextUrl, created, noContent, ok } from './call';
import type { GraphCall, GraphResult } from './call';
import { isCategoryColour } from './categories';
import type { MasterCategory } from './categories';
import { GraphError, badRequest, itemNotFound, unknownProperty } from './errors';
import { parseSelect } from './odata-options';
import type { MicrosoftAccount } from '../state';

const USER_PROPERTIES: Readonly<Record<string, (account: MicrosoftAccount) => unknown>> = {
  businessPhones: () => [],
  displayName: (a) => a.name,
  givenName: (a) => a.name.split(' ')[0] ?? null,
  jobTitle: () => null,
  // A work account without a mailbox has no address; a personal one keeps its sign-in name.
  mail: (a) => (a.mailbox ? a.address : null),
  mobilePhone: () => null,
  officeLocation: () => null,
  preferredLanguage: () => null,
  surname: (a) => a.name.split(' ').slice(1).join(' ') || null,
  userPrincipalName: (a) => a.address,
};

/** `GET /me`; it works for accounts without a mailbox too. */
export function getMe(account: MicrosoftAccount, query: URLSearchParams, origin: string): GraphResult {
  const text = query.get('$select');
  const select = text === null ? [...Object.keys(USER_PROPERTIES), 'id'] : parseSelect(text);
  const json: Record<string, unknown> = { '@odata.context': `${origin}/v1.0/$metadata#users/$entity` };
  for (const name of select) {
    if (name === 'id') json['id'] = account.objectId;
    else if (Object.hasOwn(USER_PROPERTIES, name)) json[name] = USER_PROPERTIES[name]?.(account);
    else throw unknownProperty(name, 'microsoft.graph.user');
  }
  return ok(json);
}

export function getMailboxSettings(call: GraphCall): GraphResult {
  const never = { dateTime: new Date(call.state.clock.now()).toISOString().slice(0, 23), timeZone: 'UTC' };
  return ok({
    '@odata.context': contextUrl(call, 'mailboxSettings'),
    archiveFolder: archiveId(call),
    timeZone: 'UTC',
    delegateMeetingMessageDeliveryOptions: 'sendToDelegateOnly',
    dateFormat: 'yyyy-MM-dd',
    timeFormat: 'HH:mm',
    userPurpose: 'user',
    automaticRepliesSetting: {
      status: 'disabled',
      externalAudience: 'all',
      internalReplyMessage: '',
      externalReplyMessage: '',
      scheduledStartDateTime: never,
      scheduledEndDateTime: never,
    },
    language: { locale: 'en-US', displayName: 'English (United States)' },
    workingHours: {
      daysOfWeek: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'],
      startTime: '08:00:00.0000000',
      endTime: '17:00:00.0000000',
      timeZone: { name: 'UTC' },
    },
  });
}

function archiveId(call: GraphCall): string | null {
  const archive = call.mailbox.folders.wellKnown('archive');
  return archive ? call.mailbox.folderId(archive) : null;
}

export function listCategories(call: GraphCall): GraphResult {
  const value = call.mailbox.categories.all().map((c) => ({ ...c }));
  return ok({ '@odata.context': contextUrl(call, 'outlook/masterCategories'), value });
}

export function getCategory(call: GraphCall): GraphResult {
  return ok({ ...requireCategory(call) });
}

export function createCategory(call: GraphCall): GraphResult {
  const { displayName, color = 'none', ...rest } = call.body;
  checkRest(rest);
  if (typeof displayName !== 'string' || displayName.trim() === '') {
    throw badRequest('The display name of a category must not be empty.', 'ErrorInvalidRequest');
  }
  if (call.mailbox.categories.findByName(displayName)) {
    throw new GraphError(409, 'CategoryAlreadyExists', 'A category with this name already exists.');
  }
  return created({ ...call.mailbox.categories.create(displayName, readColour(color)) });
}

/** Only the colour can change: messages carry the name. */
export function updateCategory(call: GraphCall): GraphResult {
  const category = requireCategory(call);
  const { color, ...rest } = call.body;
  checkRest(rest);
  if (color !== undefined) category.color = readColour(color);
  return ok({ ...category });
}

/** Messages keep the name of a deleted category. */
export function deleteCategory(call: GraphCall): GraphResult {
  call.mailbox.categories.remove(requireCategory(call));
  return noContent;
}

function requireCategory(call: GraphCall): MasterCategory {
  const category = call.mailbox.categories.get(call.params['category'] ?? '');
  if (!category) throw itemNotFound();
  return category;
}

function readColour(value: unknown): string {
  if (typeof value !== 'string' || !isCategoryColour(value)) {
    throw badRequest(`Cannot convert the value of 'color' to the expected type 'categoryColor'.`, 'RequestBodyRead');
  }
  return value;
}

function checkRest(rest: Readonly<Record<string, unknown>>): void {
  const [name] = Object.keys(rest).filter((n) => !n.startsWith('@odata.'));
  if (name !== undefined) {
    throw badRequest(`The property '${name}' does not exist or cannot be set on a category.`, 'RequestBodyRead');
  }
}

const MAX_TRANSLATED = 1000;

/** `POST /me/translateExchangeIds`, between the two kinds of id that Graph itself gives. */
export function translateIds(call: GraphCall): GraphResult {
  const { inputIds, sourceIdType, targetIdType } = call.body;
  if (!Array.isArray(inputIds) || inputIds.some((id) => typeof id !== 'string')) {
    throw badRequest("The parameter 'inputIds' must be a collection of strings.", 'ErrorInvalidRequest');
  }
  if (inputIds.length > MAX_TRANSLATED) {
    throw badRequest(`At most ${MAX_TRANSLATED} ids can be translated at once.`, 'ErrorInvalidRequest');
  }
  const types = ['restId', 'restImmutableEntryId'];
  if (!types.includes(sourceIdType as string) || !types.includes(targetIdType as string)) {
    throw badRequest('This pair of id types is not translated here.', 'ErrorInvalidRequest');
  }
  const { mailbox } = call;
  const value = (inputIds as string[]).map((sourceId) => {
    const decoded = mailbox.ids.decode(sourceId);
    const wanted = sourceIdType === 'restId' ? 'message' : 'immutable';
    const isWanted = decoded.kind === 'item' && decoded.idKind === wanted && decoded.attachment === undefined;
    const message = !isWanted
      ? undefined
      : wanted === 'message'
        ? mailbox.messageByCopy(decoded.value)
        : mailbox.message(decoded.value);
    if (!message) {
      const errorDetails = { code: 'ErrorInvalidIdMalformed', message: 'The id could not be translated.' };
      return { '@odata.type': 'microsoft.graph.convertIdResult', sourceId, targetId: null, errorDetails };
    }
    return { sourceId, targetId: mailbox.idOf(message, targetIdType === 'restImmutableEntryId') };
  });
  return ok({ '@odata.context': `${call.state.graphOrigin}/v1.0/$metadata#Collection(convertIdResult)`, value });
}
