"""What analysts find in Kibana: data views, dashboards and saved searches, and how they get there."""
