/** The words that generated mail is made of, by language. */
export interface Language {
  code: string;
  /** The charset that some of this language's mail declares beside UTF-8. */
  oldCharset: string | null;
  people: readonly (readonly [name: string, localPart: string])[];
  domains: readonly string[];
  subjects: readonly string[];
  greeting: string;
  closing: string;
  sentences: readonly string[];
  fileNames: readonly string[];
}

export const LANGUAGES: readonly Language[] = [
  {
    code: 'en',
    oldCharset: 'us-ascii',
    people: [['Margaret Hollis', 'm.hollis'], ['Tom Okafor', 'tom'], ['Priya Raman', 'priya.raman'], ['Sam Whitlock', 'sam'], ["Aoife O'Brien", 'aoife.obrien'], ['Daniel Reyes', 'dreyes']],
    domains: ['northwharf.example', 'brightfield.example', 'lantern-labs.example'],
    subjects: ['Quarterly numbers and the open questions', 'Lunch on Thursday? 🍜', 'Contract draft v4', 'Your delivery is on its way 📦', 'Minutes of the steering meeting', 'Invoice 20418', 'Access to the new workspace', 'Weekly digest: what changed'],
    greeting: 'Hello,',
    closing: 'Best regards,',
    sentences: ['Please find the updated figures below; the second table is the one that changed.', 'Could you confirm the date before Friday so that we can book the room?', 'Nothing urgent, but I would like to close this before the end of the month.', 'The supplier accepted our terms and will deliver in two parts.', 'I have added my comments to the shared document.', 'We measured it twice and the result stayed the same.', 'Let me know if the amount looks right to you.', 'The workshop has moved to the large room on the second floor.'],
    fileNames: ['report.pdf', 'figures Q3.csv', 'photo.png', 'contract_v4.pdf'],
  },
  {
    code: 'de',
    oldCharset: 'iso-8859-1',
    people: [['Jürgen Großmann', 'j.grossmann'], ['Käthe Wüst', 'kaethe.wuest'], ['Sebastian Freiherr von Übersee', 'von.uebersee'], ['Anneliese Bäcker', 'baecker']],
    domains: ['maschinenbau-sued.example', 'stadtwerke.example', 'xn--bergabe-n2a.example'],
    subjects: ['Rückfrage zur Donaudampfschifffahrtsgesellschaftskapitänsmützenbestellung vom vergangenen Dienstag und zur Vereinbarung über die Nachlieferungsfristen', 'Rechnung für März', 'Terminverschiebung: Kraftfahrzeughaftpflichtversicherung', 'Protokoll der Gesellschafterversammlung', 'Änderung der Geschäftsbedingungen'],
    greeting: 'Sehr geehrte Damen und Herren,',
    closing: 'Mit freundlichen Grüßen',
    sentences: ['anbei erhalten Sie die gewünschten Unterlagen zur weiteren Prüfung.', 'Für Rückfragen stehen wir Ihnen selbstverständlich gern zur Verfügung.', 'Die Lieferung verzögert sich voraussichtlich um drei Werktage.', 'Bitte überweisen Sie den fälligen Betrag bis zum Monatsende.', 'Über die Größe der Räume müssten wir uns noch verständigen.', 'Das Ergebnis der Überprüfung fällt erfreulich aus.'],
    fileNames: ['Rechnung März.pdf', 'Übersicht.csv', 'Grundriß.png'],
  },
  {
    code: 'uk',
    oldCharset: 'koi8-u',
    people: [['Оксана Ґонта', 'oksana.gonta'], ['Ігор Щербань', 'ihor'], ['Соломія Їжакевич', 'solomiia'], ['Юрій Євтушенко', 'yurii.ye']],
    domains: ['kyiv-soft.example', 'zirka.example'],
    subjects: ['Рахунок за жовтень', 'Зустріч перенесено на четвер', 'Підсумки кварталу та відкриті питання', 'Ваше замовлення вже в дорозі', 'Протокол наради'],
    greeting: 'Добрий день!',
    closing: 'З повагою,',
    sentences: ['Надсилаю оновлені дані, другу таблицю змінено.', "Будь ласка, підтвердьте дату до п'ятниці.", 'Постачальник погодився на наші умови.', 'Я додав свої зауваження до спільного документа.', 'Якщо сума правильна, підпишіть, будь ласка, акт.', 'Дякую за швидку відповідь і гарного дня.'],
    fileNames: ['рахунок.pdf', 'звіт за квартал.csv', 'схема.png'],
  },
  {
    code: 'zh',
    oldCharset: 'gb18030',
    people: [['王小明', 'wang.xm'], ['李婷', 'liting'], ['陈建国', 'chenjg'], ['赵雅', 'zhao.ya']],
    domains: ['huaxin.example', 'yunshan.example'],
    subjects: ['关于第三季度合同的修改意见', '会议时间变更通知', '发票已开具，请查收', '您的订单已发货', '周报：本周进展'],
    greeting: '您好：',
    closing: '此致敬礼',
    sentences: ['附件是更新后的数据，请重点查看第二张表。', '请在周五之前确认时间，以便预订会议室。', '供应商已经接受我们的条件，货物将分两批交付。', '我已在共享文档中添加了意见。', '如果金额没有问题，请签字后寄回。', '感谢您的支持与配合。'],
    fileNames: ['合同.pdf', '数据表.csv', '照片.png'],
  },
  {
    code: 'ar',
    oldCharset: 'windows-1256',
    people: [['ليلى حداد', 'layla'], ['يوسف النجار', 'yousef.najjar'], ['مريم الخوري', 'maryam']],
    domains: ['alnoor.example'],
    subjects: ['تحديث بشأن العقد الجديد', 'موعد الاجتماع القادم', 'فاتورة رقم 3317'],
    greeting: 'السلام عليكم،',
    closing: 'مع أطيب التحيات',
    sentences: ['تجدون أدناه الأرقام المحدثة للربع الثالث.', 'يرجى تأكيد الموعد قبل يوم الجمعة.', 'تمت الموافقة على الشروط وسيتم التسليم على دفعتين.', 'أضفت ملاحظاتي إلى المستند المشترك.'],
    fileNames: ['فاتورة.pdf', 'صورة.png'],
  },
  {
    code: 'ja',
    oldCharset: 'shift_jis',
    people: [['佐藤 健', 'sato.ken'], ['鈴木 花子', 'suzuki'], ['高橋 愛', 'takahashi.ai']],
    domains: ['midori.example'],
    subjects: ['お見積書の送付について', '打ち合わせ日程のご相談', '【重要】システムメンテナンスのお知らせ'],
    greeting: 'お世話になっております。',
    closing: 'よろしくお願いいたします。',
    sentences: ['更新した資料を添付いたしますのでご確認ください。', '金曜日までに日程をご返信いただけますと幸いです。', '納品は二回に分けて行われる予定です。', '共有ドキュメントにコメントを追加しました。'],
    fileNames: ['見積書.pdf', '資料.csv'],
  },
]; // prettier-ignore

/** How often each language is used, in the order above. */
export const LANGUAGE_WEIGHTS: readonly number[] = [0.5, 0.18, 0.14, 0.09, 0.05, 0.04];
