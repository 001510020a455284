/** Phrases that the offline model understands and writes, in each of its languages. */
export interface OfflinePhrases {
  /** Part of every first answer, word for word. A later answer recognises it. */
  readonly offline: string;
  readonly howToSet: string;
  readonly greeting: RegExp;
  readonly thanks: RegExp;
  readonly farewell: RegExp;
  readonly asksStatechat: RegExp;
  readonly asksSelf: RegExp;
  readonly asksHelp: RegExp;
  readonly asksHuman: RegExp;
  readonly asksName: RegExp;
  readonly welcome: string;
  readonly statechat: string;
  /** Begins with `offline`. */
  readonly self: string;
  readonly help: string;
  readonly human: string;
  readonly unknownName: string;
  readonly greet: (name: string | undefined) => string;
  readonly goodbye: (name: string | undefined) => string;
  readonly niceToMeet: (name: string) => string;
  readonly yourName: (name: string) => string;
  readonly result: (sum: string) => string;
  /** Before lines of an analysis that match a question. */
  readonly fromAnalysis: (subject: string) => string;
  /** Before the first lines of one that does not answer it. */
  readonly notInAnalysis: (subject: string) => string;
  /** While an analysis is being made. */
  readonly underWay: (subject: string) => string;
  /** After an analysis of what was analysed before. */
  readonly analysedBefore: (subject: string, date: string) => string;
  /** What came beside words, which this model cannot look at. */
  readonly received: string;
  readonly understood: (quoted: string, messages: number, question: boolean) => string;
}

export const englishPhrases: OfflinePhrases = {
  statechat:
    'Statechat is the program behind this chat. It keeps every conversation in order, and no message is lost, whichever process dies. A language model answers first, and a human can take over at any time.',
  self: 'I am the offline model: no language model is connected here. I belong to Statechat and stand in until one is, so I know little beyond this conversation.',
  offline: 'I am the offline model: no language model is connected here.',
  howToSet: 'To get real answers, set `ANTHROPIC_API_KEY` in the environment (or in `.env`) and restart Statechat.',
  greeting: /^\W*(?:hi|hello|hey|good (?:morning|afternoon|evening)|greetings|are you there)\b/i,
  thanks: /\b(?:thanks|thank you|thx)\b/i,
  farewell: /\b(?:bye|goodbye|see you|good night)\b/i,
  asksStatechat: /\b(?:what(?:'s|’s| is)|about|explain)\s+statechat\b/i,
  asksSelf: /\b(?:who|what) are you\b|\bare you (?:a |an )?(?:human|person|bot|robot|ai|real|machine)\b|\byour name\b/i,
  asksHelp: /^\W*help\b|\bwhat can you do\b|\bhow does this work\b/i,
  asksHuman: /\b(?:human|real person|live agent|speak to (?:someone|a person)|talk to (?:someone|a person))\b/i,
  asksName: /\bwhat(?:'s|’s| is| was) my name\b|\bwho am i\b|\b(?:remember|know) my name\b/i,
  welcome: 'You are welcome. Is there anything else?',
  help: 'I can greet you, remember your name while we talk ("my name is Sara"), work out small sums ("12 * 3"), and show how a conversation with Statechat feels. Everything you write is kept, and a human colleague can take over at any time.',
  human: 'A human colleague can take over this conversation at any time. Everything that you wrote here is kept for them.',
  unknownName: 'You have not told me your name yet. Say "my name is …" and I will remember it while we talk.',
  greet: (name) => (name === undefined ? 'Hello! How can I help you?' : `Hello ${name}! How can I help you?`),
  goodbye: (name) => (name === undefined ? 'Goodbye!' : `Goodbye, ${name}!`),
  niceToMeet: (name) => `Nice to meet you, ${name}. I will remember your name while we talk.`,
  yourName: (name) => `Your name is ${name}.`,
  result: (sum) => `${sum}.`,
  fromAnalysis: (subject) => `The analysis${subject === '' ? '' : ` of ${subject}`} says:`,
  notInAnalysis: (subject) =>
    `The analysis${subject === '' ? '' : ` of ${subject}`} does not say, as far as I can find by its words. It begins:`,
  underWay: (subject) =>
    `The analysis${subject === '' ? '' : ` of ${subject}`} is under way. Its result comes here by itself, and you can ask me about it then.`,
  analysedBefore: (subject, date) => `You also had an analysis of ${subject} on ${date}.`,
  received:
    'I have what you sent, and it is kept here for a colleague. I cannot look at it or listen to it myself. Tell me in words what you need.',
  understood: (quoted, messages, question) =>
    `${messages > 1 ? `I have your ${messages} messages` : `I have your ${question ? 'question' : 'message'}`}: “${quoted}” ${
      question
        ? 'I cannot look that up, but your question is kept here for a colleague who takes over.'
        : 'It is kept here. Write “help” to see what I can do.'
    }`,
};

export const arabicPhrases: OfflinePhrases = {
  statechat:
    'Statechat هو البرنامج الذي تعمل به هذه المحادثة. يحفظ كل محادثة بترتيبها، ولا تضيع أي رسالة مهما توقّف من البرامج. يجيب نموذج لغوي أولًا، ويمكن لزميل بشري أن يتولى المحادثة في أي وقت.',
  self: 'أنا النموذج غير المتصل: لا يوجد نموذج لغوي موصول هنا. أنا جزء من Statechat وأنوب عن نموذج لغوي حتى يوصل، لذلك لا أعرف الكثير خارج هذه المحادثة.',
  offline: 'أنا النموذج غير المتصل: لا يوجد نموذج لغوي موصول هنا.',
  howToSet: 'للحصول على إجابات حقيقية، اضبط `ANTHROPIC_API_KEY` في متغيرات البيئة (أو في `.env`) ثم أعد تشغيل Statechat.',
  greeting: /^\s*(?:مرحب|أهلا|اهلا|أهلًا|السلام عليكم|سلام|صباح|مساء|هاي)/u,
  thanks: /شكر/u,
  farewell: /مع السلامة|وداعا|وداعًا|إلى اللقاء|الى اللقاء|تصبح على خير/u,
  asksStatechat: /statechat/i,
  asksSelf: /من أنت|من انت|ما أنت|ما اسمك|هل أنت|هل انت/u,
  asksHelp: /مساعدة|ساعدني|ماذا تستطيع|ماذا يمكنك/u,
  asksHuman: /موظف|إنسان|انسان|شخص حقيقي|خدمة العملاء/u,
  asksName: /ما (?:هو )?[اإ]سمي|تعرف [اإ]سمي|تتذكر [اإ]سمي|من أنا/u,
  welcome: 'على الرحب والسعة. هل من شيء آخر؟',
  help: 'أستطيع أن أرحب بك، وأن أتذكر اسمك خلال حديثنا («اسمي سارة»)، وأن أحسب عمليات بسيطة («١٢ * ٣»)، وأن أريك كيف تبدو المحادثة مع Statechat. كل ما تكتبه محفوظ، ويمكن لزميل بشري أن يتولى المحادثة في أي وقت.',
  human: 'يمكن لزميل بشري أن يتولى هذه المحادثة في أي وقت، وكل ما كتبته هنا محفوظ له.',
  unknownName: 'لم تخبرني باسمك بعد. اكتب «اسمي …» وسأتذكره خلال حديثنا.',
  greet: (name) => (name === undefined ? 'مرحبًا! كيف يمكنني مساعدتك؟' : `مرحبًا ${name}! كيف يمكنني مساعدتك؟`),
  goodbye: (name) => (name === undefined ? 'مع السلامة!' : `مع السلامة يا ${name}!`),
  niceToMeet: (name) => `تشرفت بمعرفتك يا ${name}. سأتذكر اسمك خلال حديثنا.`,
  yourName: (name) => `اسمك ${name}.`,
  result: (sum) => `${sum}.`,
  fromAnalysis: (subject) => `يقول التحليل${subject === '' ? '' : ` (${subject})`}:`,
  notInAnalysis: (subject) => `لا أجد جوابًا بكلماتك في التحليل${subject === '' ? '' : ` (${subject})`}. وهذه بدايته:`,
  underWay: (subject) =>
    `التحليل${subject === '' ? '' : ` (${subject})`} قيد التنفيذ. ستصلك نتيجته هنا تلقائيًا، ويمكنك أن تسألني عنها حينها.`,
  analysedBefore: (subject, date) => `سبق أن أُعدّ لك تحليل لـ ${subject} بتاريخ ${date}.`,
  received: 'وصلني ما أرسلته، وهو محفوظ هنا لأحد الزملاء. لا أستطيع أنا مشاهدته أو الاستماع إليه، فأخبرني بالكلمات بما تحتاجه.',
  understood: (quoted, messages, question) =>
    `${messages > 1 ? `وصلتني رسائلك وعددها ${messages}` : question ? 'وصلني سؤالك' : 'وصلتني رسالتك'}: «${quoted}» ${
      question ? 'لا أستطيع البحث عن ذلك، لكنه محفوظ هنا لمن يتولى المحادثة.' : 'وهي محفوظة هنا. اكتب «مساعدة» لترى ما أستطيع فعله.'
    }`,
};
