-- One trial event a request, each of a person of their own.
local number = 0
local run = tostring(os.time()) .. tostring(math.random(1, 1000000))

function request()
  number = number + 1
  local body = string.format(
    '{"email":"p%d.%s@example.com","company":"Fictional Company","companyNamespace":true,"country":"United States",' ..
    '"employeeBucket":"1-99","firstName":"John","lastName":"Doe","latest_trial_start_date":"2026-06-11",' ..
    '"signupReason":"I want to explore GitLab","state":"OR","userRole":"product_designer"}', number, run)
  return wrk.format("POST", nil, nil, body)
end
