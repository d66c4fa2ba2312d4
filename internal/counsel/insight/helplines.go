package insight

import "golang.org/x/text/language"

// Block is what is shown beside the answer to a worry that speaks of suicide or self-harm.
type Block struct {
	Text  string // two or three sentences to the person
	Lines []Line // whom to call, the most fitting first
}

// Line is a place where people answer.
type Line struct {
	Name  string
	Phone string // as it is dialled within Korea
	Note  string // whom it is for, and when it answers
	URL   string // where to read more or to chat; empty where there is none
}

// CrisisBlock returns the fixed words and help lines of a crisis, in Korean for a Korean tag and in
// English otherwise. They never come from a model.
//
// The numbers were compared in November 2026 with what public sources said: that 109 took over suicide
// prevention from 1393 and others on 1 January 2024 and answers around the clock, and that 1577-0199 and
// 1388 go on in their own fields (Ministry of Health and Welfare, press release of 2 January 2024, and
// its call centre's page on 109; on 109 and 1388 also the press of February 2026); 1588-9191 from
// LifeLine Korea's own pages, around the clock (2021, and on its service the press of November 2025).
// None of them was called. Whoever runs Moa should repeat the comparison at least once a year.
func CrisisBlock(tag language.Tag) Block {
	if isKorean(tag) {
		return Block{
			Text: "많이 힘드셨을 텐데, 이야기해 주셔서 고마워요. " +
				"이 무게를 혼자 견디지 않으셔도 돼요. 지금 바로 이야기를 들어 줄 사람들이 있어요. " +
				"당장 위험하다고 느끼시면 119나 112에 전화하거나, 곁에 있는 사람에게 함께 있어 달라고 말해 주세요.",
			Lines: []Line{
				{"자살예방 상담전화", "109", "누구나, 24시간", "https://www.129.go.kr/109"},
				{"청소년상담전화", "1388", "청소년과 보호자, 24시간, 문자와 채팅도 가능", "https://www.1388.go.kr"},
				{"정신건강 위기상담전화", "1577-0199", "누구나, 24시간", ""},
				{"한국생명의전화", "1588-9191", "누구나, 24시간", "https://www.lifeline.or.kr"},
				{"응급 구조", "119", "생명이 위급할 때, 24시간", ""},
				{"경찰", "112", "지금 위험한 상황일 때, 24시간", ""},
			},
		}
	}
	return Block{
		Text: "Thank you for telling this; it must have been very hard. " +
			"You do not have to carry it alone, and there are people who will listen right now. " +
			"If you feel in danger at this moment, call 119 or 112, or ask somebody near you to stay with you. " +
			"The lines below answer in Korea; findahelpline.com lists those of other countries.",
		Lines: []Line{
			{"Suicide prevention line", "109", "For everybody in Korea, day and night; mostly in Korean", "https://www.129.go.kr/109"},
			{"Youth counselling line", "1388", "For young people and their guardians, day and night, also by text and chat", "https://www.1388.go.kr"},
			{"Mental health crisis line", "1577-0199", "For everybody in Korea, day and night", ""},
			{"LifeLine Korea", "1588-9191", "For everybody in Korea, day and night", "https://www.lifeline.or.kr"},
			{"Ambulance and rescue", "119", "When a life is in danger; ask for an interpreter", ""},
			{"Police", "112", "When you are in danger now; ask for an interpreter", ""},
		},
	}
}

func isKorean(tag language.Tag) bool {
	base, _ := tag.Base()
	return base.String() == "ko"
}
