// Utterances as transcribers write them down, right and wrong: what machines say, and what people say that sounds
// alike.
#include "otto/call/greeting.hpp"

#include <gtest/gtest.h>
#include <string_view>

#include "otto/call/answer_judge.hpp"

namespace otto::call {
namespace {

constexpr std::string_view kScreeners[] = {
    "Please say your name and why you are calling.",
    "Hi, if you record your name and reason for calling, I'll see if this person is available.",
    "Hi. If you record your name and the reason for calling, I will see if this person's available.",
    "Hi, the person you're calling is using a screening service from Google, and will get a copy of this conversation. "
    "Go ahead and say your name, and why you're calling.",
    "Hi, the person you are calling is using a screening service from Google and will get a copy of this conversation",
    "go ahead and say your name and why you are calling",
    "Go ahead, say your name and why your calling",
    "The Google subscriber you're calling is using a call screening service. Please say your name and why you're "
    "calling.",
    "Please say your name and why you are calling, and I will see if this person is available.",
    "please state your name and the purpose of your call",
    "Please state your name and reason for calling after the tone.",
    "Please record your name after the tone and then press pound.",
    "Say your name after the beep and I'll try to connect you.",
    "At the tone, please say your name and stay on the line.",
    "The number you are calling does not accept calls from unidentified callers. Please record your name.",
    "This number does not accept calls from unknown callers. Press one to be connected.",
    "This customer does not take calls without identifying information. Please say who you are.",
    "Hello, you have reached a call screening assistant. Who is calling and what is the reason for your call?",
    "This call is being answered by Bixby. Please tell me why you are calling.",
    "Your call is being screened by Google Assistant. What is the reason for the call?",
    "Hi, I'm the virtual assistant of the person you are calling. Who's calling, please?",
    "I'm a digital assistant. May I know who is calling and the purpose of the call? Please say your name.",
    "If you are a telemarketer, please hang up now. Otherwise stay on the line.",
    "To prove that you are human, please press 5.",
    "Please verify you are not a robot by saying your name.",
    "Before I connect you, please say your name and the reason for your call.",
    "Before we try to reach this person, please say your name.",
    "Thanks. Please say you're name and why you are calling",
    "Hi, if you recorded your name and reason for calling I'll see if this person is avaliable",
    "Please sate your name and why you are calling",
    "say your name and the reason you are calling and the person will be with you",
    "Please tell me who you are and why you are calling.",
    "Call screening is on. Please identify yourself and stay on the line.",
    "I'll check if the person is available. Please identify yourself.",
    "Por favor, diga su nombre y el motivo de su llamada.",
    "Diga su nombre y la razón de la llamada",
};

constexpr std::string_view kMachines[] = {
    "Please leave a message after the tone.",
    "please leave a massage after the town",
    "Leave your message after the beep.",
    "Hi, you've reached Dana. I can't come to the phone right now. Leave a message and I'll get back to you.",
    "Hey it's Tom, leave a message.  I'll call you back.",
    "You have reached the voicemail box of 4 1 5, 5 5 5, 0 1 0 1. At the tone please record your message.",
    "Your call has been forwarded to an automated voice messaging system.",
    "Your call has been forwarded to voicemail. The person you're trying to reach is not available.",
    "The person you are trying to reach is not available. At the tone, please record your message. When you have "
    "finished "
    "recording, you may hang up or press one for more options.",
    "The customer you have called is unavailable at the moment, please try again later",
    "The subscriber you have dialed is not answering.",
    "The mailbox is full and cannot accept any messages at this time. Goodbye.",
    "Sorry, the mailbox is full.",
    "I'm sorry, but the person you called has a voice mailbox that has not been set up yet. The subscriber is "
    "unavailable.",
    "Please leave your name and number and I will return your call as soon as possible.",
    "We are unable to take your call right now. Please leave your name, your number and a brief message.",
    "Nobody is available to take your call. Leave a message after the signal.",
    "I'm away from my desk or on the other line, so leave me a message.",
    "You've reached Smith Dental. Our office hours are Monday to Friday, nine to five. Please leave a message.",
    "Thank you for calling. You have reached our business hours voicemail.",
    "Leave your name, number and the reason for your call after the tone and we'll get back to you.",
    "You've reached the voice mail of Maria Alvarez.",
    "Sorry I missed your call, leave me a message and I'll get back to you.",
    "I can't take your call right now, but leave your name and number.",
    "When you are finished, hang up or press pound for more options.",
    "To leave a callback number, press five. To send a numeric page, press one.",
    "Wait for the beep.",
    "You know what to do at the beep.",
    "After the beat leave your message please",
    "record your message at the tone",
    "Hola, en este momento no puedo contestar. Deje su mensaje después del tono.",
    "La persona no está disponible. Deje un mensaje en el buzón de voz.",
    "The party you are trying to reach at extension 204 is unavailable, leave a message",
    "Google Voice. The Google subscriber you have called is not available, please leave a message after the tone.",
};

constexpr std::string_view kPeople[] = {
    "Hello?",
    "Yes, hello, who is this?",
    "Who's calling, please?",
    "May I ask who's calling?",
    "Why are you calling me?",
    "What's your name again?",
    "What is this about?",
    "Yes, this is me. Tomorrow morning works, thank you for calling.",
    "Speaking.",
    "This is Maria speaking, how can I help you?",
    "She's not available right now, can I take a message?",
    "He is not available, would you like to leave a message?",
    "Do you want to leave a message for him? She'll call you back.",
    "He's out. Can he call you back?",
    "I can't talk right now, call me back later.",
    "I can't come to the phone right now, I'm driving.",
    "I'm not available tomorrow.",
    "I'll get back to you.",
    "I'm not available right now, call me as soon as you can.",
    "Are you a virtual assistant?",
    "Am I talking to an automated assistant?",
    "Could you call me back in an hour?",
    "I got your voicemail, thank you.",
    "Sorry I missed your call, I got your message.",
    "Did you leave a message yesterday?",
    "You left me a message about my car.",
    "You've reached the right person.",
    "You have reached Smith's Auto Repair, this is Dana, how can I help you?",
    "Please take my number off your list.",
    "Is this a robot?",
    "Are you a real person?",
    "Please hold on a second.",
    "Stay on the line, I'll get my husband.",
    "Let me see if she is available.",
    "Can you repeat that? Your name please?",
    "Okay, say that again?",
    "My name is Tom Baker.",
    "What's the reason?",
    "I don't need a screening, I had one last year.",
    "The person you want is my wife.",
    "I want to leave it at that.",
    "Leave me alone.",
    "Call me after five.",
    "I was just about to call you.",
    "Do not call me again.",
    "My message was that I need it by Friday.",
    "The tone of your voice is strange.",
    "Yes, the number is the same and the name as well.",
    "No, I am the customer, and my car is not available until Monday.",
    "Sí, soy yo, ¿quién habla?",
    "",
    "...",
};

Greeting recognised(std::string_view words) { return recognise_greeting(words).greeting; }

/// By nothing but what the callee's side says first.
Greeting judged(std::string_view words) { return AnswerJudge{}.words(words, {}, {}).greeting; }

TEST(Greeting, ScreenersAreRecognised) {
  static_assert(std::size(kScreeners) >= 30);
  for (const auto words : kScreeners) EXPECT_EQ(judged(words), Greeting::Screening) << words;
}

TEST(Greeting, AnsweringMachinesAreRecognised) {
  static_assert(std::size(kMachines) >= 30);
  for (const auto words : kMachines) EXPECT_EQ(judged(words), Greeting::Voicemail) << words;
}

TEST(Greeting, PeopleAreNot) {
  static_assert(std::size(kPeople) >= 30);
  for (const auto words : kPeople) EXPECT_EQ(recognised(words), Greeting::None) << words;
}

constexpr std::string_view kEither[] = {
    // a machine says it, or a person
    "I can't take the call right now, I'll call you back.",
    "I can't come to the phone right now, I'll get back to you as soon as I can.",
    "He is not available. You have reached his office.",
    "Please leave your name and number, he will call you back.",
    "Who's calling? What's the reason for your call?",
    "What's the purpose of your call? Please tell me your name.",
    "Stay on the line, I'll see if he is available.",
};

TEST(Greeting, WhatPeopleSayTooIsNeverSure) {
  for (const auto words : kEither) {
    EXPECT_NE(recognised(words), Greeting::None) << words;
    EXPECT_FALSE(recognise_greeting(words).is_sure) << words;
  }
}

TEST(Greeting, AScreenersPatienceIsNoPerson) {
  EXPECT_TRUE(is_screener_talk("Thanks. Please stay on the line."));
  EXPECT_TRUE(is_screener_talk("Okay, one moment please."));
  EXPECT_TRUE(is_screener_talk("I'll see if they're available."));
  EXPECT_TRUE(is_screener_talk("Thank you, please hold while I try to connect you."));
  EXPECT_TRUE(is_screener_talk("Please say your name and why you are calling."));
  EXPECT_FALSE(is_screener_talk("Hello, this is Maria."));
  EXPECT_FALSE(is_screener_talk("Yes, what about my car?"));
}

TEST(Greeting, AnyTextIsTaken) {
  std::string long_text;
  for (int i = 0; i < 5000; ++i) long_text += "say your ";
  EXPECT_EQ(recognised(long_text), Greeting::None);
  EXPECT_EQ(recognised("\xC3"), Greeting::None);
  EXPECT_EQ(recognised("'s 't n't ''' \xE2\x80"), Greeting::None);
}

}  // namespace
}  // namespace otto::call
