/** Every word of the page of channels. A missing one does not compile. */
import type { ChatLanguage } from '../chat/strings.ts';
import type { ChannelStatus } from './channels-api.ts';

export interface ChannelsWords {
  readonly intro: string;
  readonly checkAgain: string;
  readonly checked: (when: string) => string;
  readonly states: Readonly<Record<ChannelStatus['state'], string>>;
  readonly newest: (when: string) => string;
  readonly none: string;
  readonly webhook: string;
  readonly copyWebhook: (title: string) => string;
  readonly qr: (title: string) => string;
  readonly scan: string;
  readonly code: string;
  readonly copyCode: (title: string) => string;
  readonly toSet: string;
  readonly copyName: (name: string) => string;
  readonly test: string;
  readonly testOf: (title: string) => string;
  readonly address: string;
  readonly addressHint: string;
  readonly send: string;
  readonly sent: string;
  readonly badAddress: (example: string) => string;
  /**
   * What the settings of a channel are, by name. Those of a plugin of your own are in its words.
   */
  readonly settings: Readonly<Record<string, string>>;
  /** Before the sentence of a plugin, which is in English. */
  readonly inEnglish: string;
  readonly titles: Readonly<Record<string, string>>;
}

const isolated = (text: string): string => `\u2068${text}\u2069`;

const english: ChannelsWords = {
  intro: 'The ways in which customers reach you, and how each is connected.',
  checkAgain: 'Check again',
  checked: (when) => `Checked ${when}`,
  states: { off: 'Off', starting: 'Starting', pairing: 'Waiting to be paired', connected: 'Connected', failed: 'Needs attention' },
  newest: (when) => `The newest conversation began ${when}`,
  none: 'No conversation so far',
  webhook: 'Webhook address, for the settings of the provider',
  copyWebhook: (title) => `Copy the webhook address of ${isolated(title)}`,
  qr: (title) => `Code to pair ${isolated(title)}`,
  scan: 'Open Linked devices on the phone and scan this code. It changes every minute.',
  code: 'Or enter this code on the phone',
  copyCode: (title) => `Copy the code of ${isolated(title)}`,
  toSet: 'To use it, set these and restart Statechat',
  copyName: (name) => `Copy ${isolated(name)}`,
  test: 'Send a test message',
  testOf: (title) => `Send a test message by ${isolated(title)}`,
  address: 'Address',
  addressHint: 'Choose one of the newest conversations, or enter the address of your own chat.',
  send: 'Send',
  sent: 'Sent. See whether it has arrived.',
  badAddress: (example) => `An address looks like ${isolated(example)}.`,
  settings: {},
  inEnglish: 'In English:',
  titles: {},
};

const arabic: ChannelsWords = {
  intro: 'الطرق التي يصل بها العملاء إليك، وحالة اتصال كل منها.',
  checkAgain: 'تحقّق من جديد',
  checked: (when) => `آخر تحقّق ${when}`,
  states: { off: 'متوقفة', starting: 'قيد البدء', pairing: 'في انتظار الربط', connected: 'متصلة', failed: 'تحتاج إلى انتباه' },
  newest: (when) => `بدأت أحدث محادثة ${when}`,
  none: 'لا محادثات حتى الآن',
  webhook: 'عنوان الويب هوك، لإعدادات مقدّم الخدمة',
  copyWebhook: (title) => `نسخ عنوان الويب هوك لقناة ${isolated(title)}`,
  qr: (title) => `رمز ربط ${isolated(title)}`,
  scan: 'افتح «الأجهزة المرتبطة» على الهاتف وامسح هذا الرمز. يتغيّر كل دقيقة.',
  code: 'أو أدخل هذا الرمز على الهاتف',
  copyCode: (title) => `نسخ رمز ${isolated(title)}`,
  toSet: 'لاستخدامها اضبط هذه الإعدادات ثم أعد التشغيل',
  copyName: (name) => `نسخ ${isolated(name)}`,
  test: 'إرسال رسالة تجريبية',
  testOf: (title) => `إرسال رسالة تجريبية عبر ${isolated(title)}`,
  address: 'العنوان',
  addressHint: 'اختر إحدى أحدث المحادثات، أو أدخل عنوان محادثتك أنت.',
  send: 'إرسال',
  sent: 'أُرسلت. تأكّد من وصولها.',
  badAddress: (example) => `يكون العنوان هكذا: ${isolated(example)}.`,
  settings: {
    TELEGRAM_BOT_TOKEN: 'رمز البوت من ⁨@BotFather⁩. بدونه تكون قناة تيليجرام متوقفة.',
    DISCORD_BOT_TOKEN: 'رمز البوت من بوابة مطوّري ديسكورد. بدونه تكون القناة متوقفة.',
    WHATSAPP_WEB_ENABLED: 'اضبطه على ⁨yes⁩ ليعمل رقم واتساب على هاتف تربطه برمز. يحتاج إلى متصفح كروميوم.',
    WHATSAPP_CLOUD_TOKEN: 'رمز مستخدم النظام في ميتا، بصلاحيتي إدارة واتساب والمراسلة. بدونه تكون القناة متوقفة.',
    WHATSAPP_CLOUD_PHONE_NUMBER_ID: 'معرّف رقم النشاط التجاري من صفحة ⁨API Setup⁩ في تطبيق ميتا. يُتجاهل ما يصل من أرقام أخرى.',
    WHATSAPP_CLOUD_APP_SECRET: 'سر تطبيق ميتا من إعداداته الأساسية. يُرفض كل ما يصل بدون توقيع به.',
    WHATSAPP_CLOUD_VERIFY_TOKEN: 'كلمة من اختيارك. أدخلها أيضًا في إعدادات الويب هوك في لوحة التطبيق.',
  },
  inEnglish: 'ورد بالإنجليزية:',
  titles: { web: 'دردشة الويب', telegram: 'تيليجرام', discord: 'ديسكورد', whatsapp: 'واتساب (Cloud API)', 'whatsapp-web': 'واتساب ويب' },
};

export const channelsWords: Readonly<Record<ChatLanguage, ChannelsWords>> = { en: english, ar: arabic };
