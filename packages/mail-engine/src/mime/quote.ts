export interface QuotedText {
  /** What the person wrote. */
  readonly own: string;
  /** What they quoted at the end, with the line that introduces it; null when nothing is folded. */
  readonly quoted: string | null;
}

/** "… wrote:" at the end of the line above a quotation. */
const WROTE = new RegExp(
  '(?:wrote|writes|a écrit|escribió|escreveu|ha scritto|napisał\\(?a?\\)?|napsal\\(?a?\\)?|написал\\(?а?\\)?|' +
    'писал\\(?а?\\)?|пишет|написав\\(?(?:ла)?\\)?|написала|пише|(?:schrieb|skrev|schreef)(?: .{1,100})?|kirjoitti|yazdı|írta|έγραψε|' +
    'a scris|написа|כתב|كتب|写道|寫道|のメッセージ|님이 작성)\\s*[:：]\\s*$',
  'iu',
);
/** Lines that stand above a quotation which is not marked line by line. */
const SEPARATOR = new RegExp(
  '^\\s*[-_—]{2,}\\s*(?:original message|original appointment|reply message|ursprüngliche nachricht|message d.origine|mensaje original|' +
    'mensagem original|messaggio originale|oorspronkelijk bericht|ursprungligt meddelande|oprindelig meddelelse|wiadomość oryginalna|' +
    'původní zpráva|исходное сообщение|оригинальное сообщение|початкове повідомлення|оригінальне повідомлення|原始邮件|原始郵件|元のメッセージ|원본 메시지)' +
    '\\s*[-_—]{2,}\\s*$',
  'iu',
);
const HEADER_FROM = /^\s*\*?(?:from|von|de|da|van|från|fra|od|от|від|发件人|寄件者|差出人|보낸 사람)\*?\s?[:：]/iu;
const HEADER_OTHER =
  /^\s*\*?(?:sent|date|to|subject|gesendet|datum|an|betreff|envoyé|date|à|objet|enviado|fecha|para|asunto|data|assunto|inviato|oggetto|verzonden|aan|onderwerp|skickat|till|ämne|sendt|til|emne|wysłano|do|temat|отправлено|дата|кому|тема|надіслано|发送时间|收件人|主题|寄件日期|收件者|主旨|送信日時|宛先|件名|보낸 날짜|받는 사람|제목)\*?\s?[:：]/iu;
const MAX_INTRO_LINES = 3;
const MAX_LINE = 1_000;

/**
 * Splits the text of a mail before the quotation at its end. Quotations between a person's own lines are left where
 * they are: an answer below its question needs it. Work grows with the number of lines.
 */
export function splitQuotedText(text: string): QuotedText {
  const lines = text.split('\n');
  const start = startOfQuotation(lines);
  if (start === null) return { own: text, quoted: null };
  const own = lines.slice(0, start).join('\n');
  if (own.trim() === '') return { own: text, quoted: null };
  return { own: own.trimEnd(), quoted: lines.slice(start).join('\n') };
}

function startOfQuotation(lines: readonly string[]): number | null {
  for (let i = 0; i < lines.length; i++) {
    const line = clip(lines[i]);
    if (SEPARATOR.test(line)) return i;
    if (HEADER_FROM.test(line) && headersFollow(lines, i))
      return i > 0 && /^\s*_{5,}\s*$/.test(clip(lines[i - 1])) ? i - 1 : i;
  }
  return startOfMarkedLines(lines);
}

/** At least two more lines of an address head right below, so that "From: the sea" in a letter is not one. */
function headersFollow(lines: readonly string[], from: number): boolean {
  const below = lines.slice(from + 1, from + 6).map(clip);
  return below.filter((line) => HEADER_OTHER.test(line)).length >= 2;
}

/** The `>` lines at the end, and their introduction. */
function startOfMarkedLines(lines: readonly string[]): number | null {
  let start = lines.length;
  let marked = 0;
  while (start > 0) {
    const line = clip(lines[start - 1]);
    if (/^\s*>/.test(line)) marked++;
    else if (line.trim() !== '') break;
    start--;
  }
  if (marked === 0) return null;
  for (let height = 1; height <= MAX_INTRO_LINES && start - height >= 0; height++) {
    const intro = lines
      .slice(start - height, start)
      .map(clip)
      .join(' ');
    if (WROTE.test(intro)) {
      if (height === 1 || !/^\s*$/.test(clip(lines[start - height]))) return growIntro(lines, start - height);
    }
  }
  return start;
}

/** An introduction that was wrapped begins on an earlier line: "On Monday, …" up to the blank line above. */
function growIntro(lines: readonly string[], at: number): number {
  let start = at;
  while (
    start > 0 &&
    at - start < MAX_INTRO_LINES - 1 &&
    clip(lines[start - 1]).trim() !== '' &&
    !/\d{1,4}/.test(clip(lines[start]))
  ) {
    start--;
  }
  return start;
}

function clip(line: string | undefined): string {
  return (line ?? '').slice(0, MAX_LINE);
}
