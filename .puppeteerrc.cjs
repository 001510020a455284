/** puppeteer, which whatsapp-web.js brings, downloads no browser. The system's one is used. */
module.exports = { skipDownload: true };
