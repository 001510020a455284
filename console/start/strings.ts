/** Every word of the start page, in each language. A missing one does not compile. */
import type { ChatLanguage } from '../chat/strings.ts';
import type { Colleague } from './machine.ts';

export interface StartStrings {
  readonly what: readonly [string, string];
  readonly otherLanguage: string;
  readonly assistants: string;
  readonly open: string;
  readonly noAssistants: string;
  readonly openChat: string;
  readonly unreachable: string;
  readonly offline: string;
  readonly tries: string;
  readonly kill: { readonly title: string; readonly steps: readonly [string, string, string] };
  readonly takeOver: {
    readonly title: string;
    readonly console: string;
    readonly link: string;
    readonly steps: readonly [string, string];
    readonly colleague: Colleague;
  };
  readonly report: { readonly title: string; readonly text: string; readonly link: string };
  readonly person: { readonly title: string; readonly text: string };
  readonly comeBack: { readonly title: string; readonly text: string };
  readonly own: { readonly title: string; readonly text: string };
  readonly copy: string;
  readonly copied: string;
}

const en: StartStrings = {
  what: [
    'Statechat answers your customers in chats, with a language model first and with people when it matters.',
    'It keeps every conversation, and no message is lost, whichever process dies.',
  ],
  otherLanguage: 'العربية',
  assistants: 'Talk to an assistant',
  open: 'Open the chat',
  noAssistants: 'No assistant is listed here.',
  openChat: 'Start a chat',
  unreachable: 'The assistants could not be loaded. Reload the page in a moment.',
  offline:
    'No language model is connected, so the offline model answers. For real answers set ANTHROPIC_API_KEY in .env and restart Statechat.',
  tries: 'Things to try',
  kill: {
    title: 'Kill the program in the middle of an answer',
    steps: [
      'Ask an assistant something, such as what it can do. While it writes, kill the program in a terminal.',
      'The chat says that it is reconnecting. Start the program again.',
      'The conversation is there, and the answer is written again.',
    ],
  },
  takeOver: {
    title: 'Take over as a human',
    console:
      'Write to an assistant and leave the chat open. In the console, claim the conversation and answer. The link for the first account is in the terminal in which the program was started.',
    link: 'Open the console',
    steps: [
      'Without an account it works in a terminal too. Write to an assistant and leave the chat open. These commands take over the newest conversation and write into it. The assistant is silent from then on.',
      'Give it back in the same terminal.',
    ],
    colleague: { name: 'Sara', greeting: 'Hello, this is Sara, a human. I have taken over.' },
  },
  report: {
    title: 'Get a report on a share',
    text: 'Send AAPL. The stock analyst values Apple with a discounted cash flow, states its assumptions, and attaches a PDF with charts. Then ask about it.',
    link: 'Ask the stock analyst',
  },
  person: {
    title: 'Ask for a person',
    text: 'Write “I would like to talk to a person”. The assistant hands over and stays silent, and a person reads all that was said.',
  },
  comeBack: {
    title: 'Close the page and come back',
    text: 'Do it in the middle of an answer too. Everything is where you left it, and what you wrote is sent once.',
  },
  own: {
    title: 'Write your own assistant',
    text: 'It is one file with a prompt and tools. docs/guide/your-own-assistant.md shows a whole one, and it appears above.',
  },
  copy: 'Copy',
  copied: 'Copied',
};

const ar: StartStrings = {
  what: [
    'يجيب Statechat عملاءك في المحادثات، بنموذج لغوي أولًا وبالبشر حين يلزم.',
    'يحفظ كل محادثة، ولا تضيع أي رسالة مهما توقّف من البرامج.',
  ],
  otherLanguage: 'English',
  assistants: 'تحدّث مع مساعد',
  open: 'افتح المحادثة',
  noAssistants: 'لا يوجد مساعد معروض هنا.',
  openChat: 'ابدأ محادثة',
  unreachable: 'تعذّر تحميل المساعدين. أعد تحميل الصفحة بعد قليل.',
  offline:
    'لا يوجد نموذج لغوي موصول، لذلك يجيب النموذج غير المتصل. للحصول على إجابات حقيقية اضبط \u2068ANTHROPIC_API_KEY\u2069 في \u2068.env\u2069 ثم أعد التشغيل.',
  tries: 'جرّب بنفسك',
  kill: {
    title: 'أوقف البرنامج قسرًا وسط إجابة',
    steps: [
      'اسأل مساعدًا شيئًا، مثل ما الذي يستطيع فعله. وبينما يكتب، أوقف البرنامج من الطرفية.',
      'ستقول المحادثة إنها تعيد الاتصال. شغّل البرنامج من جديد.',
      'المحادثة كما تركتها، والإجابة تُكتب من جديد.',
    ],
  },
  takeOver: {
    title: 'تولَّ المحادثة بنفسك',
    console:
      'اكتب إلى مساعد واترك المحادثة مفتوحة. ثم تولَّ المحادثة في لوحة الموظفين ورُد. رابط الحساب الأول في الطرفية التي شُغّل منها البرنامج.',
    link: 'افتح لوحة الموظفين',
    steps: [
      'ويمكن ذلك من الطرفية بلا حساب. اكتب إلى مساعد واترك المحادثة مفتوحة. هذه الأوامر تتولى أحدث محادثة وتكتب فيها، ويصمت المساعد من تلك اللحظة.',
      'أعدها إلى المساعد من الطرفية نفسها.',
    ],
    colleague: { name: 'سارة', greeting: 'مرحبًا، معك سارة، وأنا إنسانة. توليتُ المحادثة.' },
  },
  report: {
    title: 'احصل على تقرير عن سهم',
    text: 'أرسل AAPL. يقيّم محلل الأسهم شركة Apple بخصم التدفقات النقدية، ويذكر افتراضاته، ويرفق ملف PDF برسوم بيانية. ثم اسأله عنه.',
    link: 'اسأل محلل الأسهم',
  },
  person: {
    title: 'اطلب التحدث مع شخص',
    text: 'اكتب «أريد التحدث مع شخص». يسلّم المساعد المحادثة ويصمت، ويقرأ الشخص كل ما قيل.',
  },
  comeBack: {
    title: 'أغلق الصفحة ثم عُد',
    text: 'حتى وسط إجابة. تجد كل شيء كما تركته، وما كتبته يُرسل مرة واحدة.',
  },
  own: {
    title: 'اكتب مساعدك الخاص',
    text: 'هو ملف واحد فيه تعليمات وأدوات. تعرض الصفحة \u2068docs/guide/your-own-assistant.md\u2069 مثالًا كاملًا، ويظهر مساعدك أعلاه.',
  },
  copy: 'نسخ',
  copied: 'تم النسخ',
};

export const STRINGS: Readonly<Record<ChatLanguage, StartStrings>> = { en, ar };
