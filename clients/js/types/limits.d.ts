export declare const LIMITS: Readonly<{
    backoffBaseMs: 500;
    backoffMaxMs: 15000;
    connectMaxMs: 10000;
    silenceMs: 30000;
    answerMaxMs: 10000;
    retryMs: 3000;
    offersEveryMs: 200;
}>;
